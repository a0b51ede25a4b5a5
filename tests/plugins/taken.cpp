// A plugin whose backbone has the name of a built-in one.
#include <configs/schema/plugin.h>
#include <models/backbones/min_gru.h>
#include <models/backbones/registry.h>

SEQRL_PLUGIN([] { seqrl::register_backbone<seqrl::MinGru, seqrl::MinGruConfig>("gru", ""); })

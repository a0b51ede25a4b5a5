// A plugin that needs what nobody has.
#include <configs/schema/plugin.h>

void nowhere_to_be_found();

SEQRL_PLUGIN([] { nowhere_to_be_found(); })

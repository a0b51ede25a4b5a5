// The public header for backbones: your own sequence models, which configs name like the built-in
// ones.
//
// A backbone maps (batch, time, dim) to the same shape, and is causal. It derives from
// seqrl::Backbone, or supplies a seqrl::Mixer to seqrl::ResidualBackbone, and is registered by
// register_backbone<Backbone, Config>(name, help), in a program or in a plug-in (SEQRL_PLUGIN).
// check_conformance() tests that your backbone keeps the promises of the interface. The interfaces
// are documented in detail/models/backbones/backbone.h, residual.h, registry.h and conformance.h,
// the operations in detail/models/ops/.
#pragma once

#include "configs/base/error.h"
#include "configs/schema/plugin.h"
#include "models/backbones/backbone.h"
#include "models/backbones/conformance.h"
#include "models/backbones/registry.h"
#include "models/backbones/residual.h"
#include "models/nn/layers.h"
#include "models/ops/attention.h"
#include "models/ops/conv.h"
#include "models/ops/elementwise.h"
#include "models/ops/linear.h"
#include "models/ops/norm.h"
#include "models/ops/recurrent.h"
#include "models/ops/scan.h"
#include "models/ops/selective_scan.h"
#include "models/ops/tokens.h"

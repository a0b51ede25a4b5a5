// Estimates of the memory that a backbone's passes need.
#pragma once

#include "models/backbones/registry.h"

namespace seqrl {

// Bytes per token of a training step, forward and backward, or of a pass that only acts. Measured
// on short sequences with one layer and with two, and extrapolated to more layers. Builds a network
// of two layers for this.
double bytes_per_token(const BackboneSection& section, bool training);

// The value of Backbone::sequences_at_once().
std::int64_t sequences_at_once(BackboneSection section);

}  // namespace seqrl

// Estimates of the memory that a backbone's passes take.
#pragma once

#include "models/backbones/registry.h"

namespace seqrl {

// Bytes for each token of a training step, forward and backward, or of a pass that only acts.
// Measured on a short sequence with one layer and with two, which tells what more layers take.
// Makes a network of two layers for that.
double bytes_per_token(const BackboneSection& section, bool training);

// What Backbone::sequences_at_once says.
std::int64_t sequences_at_once(BackboneSection section);

}  // namespace seqrl

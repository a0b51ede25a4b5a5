// A probe of cuBLASLt's activations: whether they are ours.
#pragma once

#include "models/ops/common/activation.h"

namespace seqrl::cuda {

// Compares one product's results on the device: how exact cuBLASLt's activation is, and what
// becomes of NaN, is written nowhere. `keeps`: with what goes into it kept. Asked once for each way
// to multiply, which must not be within a capture.
bool activation_matches(Activation activation, bool keeps);

}  // namespace seqrl::cuda

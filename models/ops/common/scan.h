// The options and sizes of the gated linear recurrences.
#pragma once

#include <cstdint>

namespace seqrl {

// How the candidate h̃ of a min cell comes from its projection v.
enum class CandidateState {
  positive,  // h̃ = g(v) = v + 0.5 for v ≥ 0, σ(v) otherwise: the paper's experiments
  signed_,   // h̃ = v
};

namespace op {

// Sequence b's h0 stands at h0 + b · h0_stride; with a stride of 0 all share one.
struct ScanSize {
  std::int64_t batch, time, dim, h0_stride;
};

}  // namespace op
}  // namespace seqrl

// Gated linear recurrences over time: the scans of the min cells.
#pragma once

#include "models/core/tensor.h"
#include "models/ops/common/scan.h"

namespace seqrl {

// The initial h0 of every op in this file: (batch, dim); (dim), shared by all sequences; or
// undefined for zeros. To continue a sequence, pass the last timestep of its result.

// h_t = a_t ⊙ h_{t−1} + b_t, with a and b (batch, time, dim). Returns h (batch, time, dim).
Tensor linear_recurrence(const Tensor& a, const Tensor& b, const Tensor& h0);

// minGRU: z = σ(k), h_t = (1 − z) ⊙ h_{t−1} + z ⊙ h̃.
// gates (batch, time, 2·dim) holds k, then v. Returns h (batch, time, dim).
// Source: Feng et al., arXiv 2410.01201v3, section 3.1 and appendix A.
Tensor min_gru_scan(const Tensor& gates, const Tensor& h0, CandidateState state);

// minLSTM: f = σ(k_f), i = σ(k_i), h_t = f/(f + i) ⊙ h_{t−1} + i/(f + i) ⊙ h̃.
// gates (batch, time, 3·dim) holds k_f, then k_i, then v. Returns h (batch, time, dim).
// Source: Feng et al., arXiv 2410.01201v3, section 3.2 and appendix A.
Tensor min_lstm_scan(const Tensor& gates, const Tensor& h0, CandidateState state);

}  // namespace seqrl

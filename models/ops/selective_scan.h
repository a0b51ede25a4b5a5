// The selective state space recurrence of Mamba.
#pragma once

#include "models/core/tensor.h"

namespace seqrl {

struct SelectiveScanInputs {
  Tensor u;        // (batch, time, inner)
  Tensor dt;       // (batch, time, inner): Δ = softplus(dt + dt_bias)
  Tensor dt_bias;  // (inner)
  Tensor a_log;    // (inner, state): A = −exp(a_log)
  Tensor b, c;     // (batch, time, state)
  Tensor d;        // (inner)
  Tensor h0;       // (batch, state, inner), a constant; or undefined for zeros
};

// For every channel and each of its `state` components:
//   h_t = exp(Δ_t A) h_{t−1} + Δ_t B_t u_t,   y_t = C_t · h_t + D u_t.
// Returns y (batch, time, inner). The last h is written to `final_state` (batch, state, inner), if
// given. It may be the memory of h0: a recording tape keeps the values that backward needs.
// Source: Gu & Dao, arXiv 2312.00752, equation 2 and algorithm 2.
Tensor selective_scan(const SelectiveScanInputs& inputs, const Tensor& final_state = {});

}  // namespace seqrl

// Kernels of models/ops/recurrent.h.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

enum class RecurrentCell { gru, lstm };

constexpr std::int64_t gates_of(RecurrentCell cell) {
  return cell == RecurrentCell::gru ? 3 : 4;
}

// One pass over `time` tokens. Of G = gates_of(cell) gates:
template <typename T>
struct Recurrence {
  std::int64_t batch, time, hidden;
  const T* inputs;   // (batch, time, G·hidden)
  const T *h0, *c0;  // (batch, hidden); c0 of the LSTM only
  T* gates;          // (batch, time, G·hidden): their values, kept for backward
  T* memory;         // (batch, time, hidden): GRU's W_n·h + b_n, LSTM's c, kept for backward
  T* h;              // (batch, time, hidden)
};

// Fills gates, memory and h. `weights` are the panels of Wᵀ; scratch: batch · (G + 1) ·
// hidden elements.
template <typename T>
void recurrent(RecurrentCell cell, const Recurrence<T>& pass, const T* weights, const T* bias,
               T* scratch);

// From dh (batch, time, hidden) the gradient of the inputs, dinputs; replaces `gates` by the
// gradient of W·h + b. `weights` are the panels of W; scratch: batch · (G + 2) · hidden
// elements.
template <typename T>
void recurrent_backward(RecurrentCell cell, const Recurrence<T>& pass, const T* weights,
                        const T* dh, T* dinputs, T* scratch);

}  // namespace seqrl::cpu

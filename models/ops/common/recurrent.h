// The cells and views of the recurrences of GRU and LSTM.
#pragma once

#include <cstdint>

namespace seqrl::op {

enum class RecurrentCell { gru, lstm };

constexpr std::int64_t gates_of(RecurrentCell cell) {
  return cell == RecurrentCell::gru ? 3 : 4;
}

// One pass over `time` tokens, with G = gates_of(cell) gates:
template <typename T>
struct Recurrence {
  std::int64_t batch, time, hidden;
  const T* inputs;   // (batch, time, G·hidden)
  const T *h0, *c0;  // (batch, hidden); c0 for the LSTM only
  T* gates;          // (batch, time, G·hidden): their values, kept for backward
  T* memory;         // (batch, time, hidden): GRU's W_n·h + b_n, LSTM's c, kept for backward
  T* h;              // (batch, time, hidden)
};

}  // namespace seqrl::op

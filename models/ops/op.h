// What every op's checks share.
#pragma once

#include <initializer_list>

#include "configs/base/error.h"
#include "models/core/tape.h"

namespace seqrl::op {

// The tape of an op's inputs: the first that has one. Parameters and states have none.
inline Tape& tape_of(std::initializer_list<Tensor> inputs) {
  for (const Tensor& input : inputs) {
    if (!input.tape()) continue;
    for (const Tensor& other : inputs) {
      SEQRL_CHECK(!other.defined() || other.device() == input.device());
    }
    return *input.tape();
  }
  SEQRL_CHECK(!"an op needs an input that lives on a tape");
  __builtin_unreachable();
}

// True when a backward rule must be recorded for some input.
inline bool differentiates(const Tape& tape, std::initializer_list<Tensor> inputs) {
  if (!tape.recording()) return false;
  for (const Tensor& input : inputs) {
    SEQRL_CHECK(!input.defined() || input.device() == tape.device());
    if (input.defined() && input.requires_gradient()) return true;
  }
  return false;
}

// "linear: weight has shape (3, 4), expected (3, 5)"
inline void require_shape(const char* op, const char* what, const Tensor& tensor, Shape expected) {
  SEQRL_REQUIRE(tensor.shape() == expected, "{}: {} has shape {}, expected {}", op, what,
                tensor.shape().text(), expected.text());
}

inline void require_dtype(const char* op, const char* what, const Tensor& tensor, DType expected) {
  SEQRL_REQUIRE(tensor.dtype() == expected, "{}: {} is {}, expected {}", op, what,
                name_of(tensor.dtype()), name_of(expected));
}

// Zero-filled memory of the current pass.
template <typename T>
T* zeros(Tape& tape, std::int64_t count) {
  T* values = tape.scratch<T>(count);
  runtime_of(tape.device()).zero(values, static_cast<std::size_t>(count) * sizeof(T));
  return values;
}

// Where a kernel that adds puts an input's gradient, zeroed first when nothing is there; null when
// none is wanted.
template <typename T>
T* added_sink(Tape& tape, const Tensor& input) {
  if (!input.defined() || !input.requires_gradient()) return nullptr;
  const auto [gradient, accumulate] = tape.sink(input);
  if (!accumulate) zero(gradient);
  return gradient.data<T>();
}

}  // namespace seqrl::op

// What every op's checks share.
#pragma once

#include <initializer_list>

#include "configs/base/error.h"
#include "models/core/tape.h"

namespace seqrl::op {

// The tape of an op's inputs: the first that has one. Parameters and states have none.
inline Tape& tape_of(std::initializer_list<Tensor> inputs) {
  for (const Tensor& input : inputs) {
    if (input.tape()) return *input.tape();
  }
  SEQRL_CHECK(!"an op needs an input that lives on a tape");
  __builtin_unreachable();
}

// True when a backward rule must be recorded for some input.
inline bool differentiates(const Tape& tape, std::initializer_list<Tensor> inputs) {
  if (!tape.recording()) return false;
  for (const Tensor& input : inputs) {
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

}  // namespace seqrl::op

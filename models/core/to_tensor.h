// Plain numbers on a tape.
#pragma once

#include <algorithm>

#include "models/core/tape.h"

namespace seqrl {

// A constant on `tape` with these values, shape.size() of them, converted.
template <typename From>
Tensor to_tensor(Tape& tape, const From* values, Shape shape, DType dtype) {
  const Tensor tensor = tape.constant(shape, dtype);
  dispatch(dtype, [&]<typename T>(T) {
    std::transform(values, values + tensor.size(), tensor.data<T>(),
                   [](From value) { return static_cast<T>(value); });
  });
  return tensor;
}

}  // namespace seqrl

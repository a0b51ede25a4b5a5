// Constants on a tape, from plain numbers and from other tensors.
#pragma once

#include <algorithm>
#include <vector>

#include "models/core/tape.h"

namespace seqrl {

// A constant on `tape` from shape.size() values, converted to dtype.
template <typename From>
Tensor to_tensor(Tape& tape, const From* values, Shape shape, DType dtype) {
  const Tensor tensor = tape.constant(shape, dtype);
  dispatch(dtype, [&]<typename T>(T) {
    const auto convert = [](From value) { return static_cast<T>(value); };
    if (tape.device() == Device::cpu) {
      std::transform(values, values + tensor.size(), tensor.data<T>(), convert);
    } else {
      std::vector<T> converted(static_cast<std::size_t>(tensor.size()));
      std::transform(values, values + tensor.size(), converted.begin(), convert);
      write<T>(converted, tensor);
    }
  });
  return tensor;
}

// A copy of a tensor on the tape's device. Ops find their tape through the copy.
inline Tensor copy_on(Tape& tape, const Tensor& tensor) {
  const Tensor constant = tape.constant(tensor.shape(), tensor.dtype());
  copy(tensor, constant);
  return constant;
}

}  // namespace seqrl

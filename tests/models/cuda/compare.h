// Compares CUDA with the CPU.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/core/tape.h"
#include "tests/models/gradient_check.h"

namespace seqrl {

// Applies a function on both devices to inputs of these shapes, drawn from U(low, high), and
// back-propagates a fixed random gradient of its result. Results and gradients of all inputs must
// agree, |a − b| ≤ atol + rtol·|b|, in float32 and, on an emulated device, in float64 to `exact`. A
// second pass on CUDA, with threads and blocks in the opposite order, must give the same bits.
// Returns "", or the element furthest from the tolerance, and by which factor.
struct DeviceComparison {
  double low = -1, high = 1;
  double atol = 1e-5, rtol = 1e-4, exact = 1e-10;
  Pass pass{.record = true};

  std::string operator()(const std::vector<Shape>& shapes, const Function& function) const;
};

// A constant on the tape's device.
template <typename T>
Tensor make_constant(Tape& tape, Shape shape, const std::vector<T>& values) {
  const Tensor tensor = tape.constant(shape, dtype_of<T>());
  write<T>(values, tensor);
  return tensor;
}

template <typename T>
std::vector<T> values_of(const Tensor& tensor) {
  std::vector<T> values(static_cast<std::size_t>(tensor.size()));
  read<T>(tensor, values);
  return values;
}

}  // namespace seqrl

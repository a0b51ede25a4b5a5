// Compares gradients with central differences, in float64.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/core/tape.h"

namespace seqrl {

// A differentiable function of tensors on a tape.
using Function = std::function<Tensor(Tape&, const std::vector<Tensor>& inputs)>;

// Inputs of these shapes are drawn from U(low, high); the function's result is contracted with
// fixed random weights to a scalar, differentiated by the tape, and compared element by element
// with central differences (eps 1e-6, atol 1e-5, rtol 1e-3). Returns "" or the first disagreement.
struct GradientCheck {
  double low = -1, high = 1;
  double eps = 1e-6, atol = 1e-5, rtol = 1e-3;
  Pass pass{.record = true};

  std::string operator()(const std::vector<Shape>& shapes, const Function& function) const;
};

// A float64 or float32 input on `tape`, differentiable when the tape records.
template <typename T>
Tensor make_input(Tape& tape, Shape shape, const std::vector<T>& values);

// `count` draws from U(low, high), a function of `index`.
std::vector<double> draws(std::int64_t count, std::uint32_t index, double low = -1,
                          double high = 1);

}  // namespace seqrl

// The short convolution that precedes a recurrence.
#pragma once

#include <string>

#include "models/nn/module.h"
#include "models/ops/activation.h"

namespace seqrl {

// Depthwise causal convolution with bias: x (batch, time, dim) → the same shape.
class CausalConv : public Module {
 public:
  // Spans `kernel` tokens, 1 to 8. Weights and biases begin as PyTorch's Conv1d.
  CausalConv(Module* parent, std::string name, std::int64_t dim, std::int64_t kernel,
             Activation activation = Activation::none);

  // Whole sequences; or, with the `window` (batch, kernel − 1, dim) of the tokens before x's first,
  // their continuation, which leaves the window moved to x's end.
  Tensor operator()(const Tensor& x, const Tensor* window = nullptr) const;

  // What a State remembers of a sequence.
  Shape window_shape() const { return {weight.shape()[1] - 1, weight.shape()[0]}; }

  Parameter weight;  // (dim, kernel)
  Parameter bias;    // (dim)

 private:
  Activation activation_;
};

}  // namespace seqrl

// The short convolution that precedes a recurrence.
#pragma once

#include <string>

#include "models/nn/module.h"
#include "models/ops/activation.h"

namespace seqrl {

// Depthwise causal convolution with bias: x (batch, time, dim) → the same shape.
class CausalConv : public Module {
 public:
  // Spans `kernel` tokens, 1 to 8. Initial weights and biases as in PyTorch's Conv1d.
  CausalConv(Module* parent, std::string name, std::int64_t dim, std::int64_t kernel,
             Activation activation = Activation::none);

  // Without a `window`: whole sequences. With one, (batch, kernel − 1, dim), the inputs before x's
  // first token: continues the sequences and moves the window to x's end.
  Tensor operator()(const Tensor& x, const Tensor* window = nullptr) const;

  // The shape of the window of one sequence in a State.
  Shape window_shape() const { return {weight.shape()[1] - 1, weight.shape()[0]}; }

  Parameter weight;  // (dim, kernel)
  Parameter bias;    // (dim)

 private:
  Activation activation_;
};

}  // namespace seqrl

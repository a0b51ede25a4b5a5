// Multi-layer perceptrons, one or several side by side.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/nn/layers.h"

namespace seqrl {

// `networks` perceptrons of the same shape on one input, computed together, such as an ensemble of
// critics: hidden layers with ReLU, a linear output layer, PyTorch's default initial values.
class Perceptron : public Module {
 public:
  struct Size {
    std::int64_t in, dim, layers, out;  // `layers` hidden layers, at least 1, of width `dim`
    int networks = 1;
  };
  Perceptron(Module* parent, std::string name, const Size& size);

  // Whether a pass differentiates with respect to the weights.
  enum class Weights { learned, frozen };

  // x (..., in) → (..., networks · out).
  Tensor operator()(const Tensor& x, Weights weights = Weights::learned) const;

  // In order from the input, each with its activation.
  const std::vector<std::unique_ptr<Linear>>& layers() const { return layers_; }

 private:
  int networks_;
  std::vector<std::unique_ptr<Linear>> layers_;  // weights (networks · out, in) of each
};

}  // namespace seqrl

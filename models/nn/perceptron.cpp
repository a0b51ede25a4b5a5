#include "models/nn/perceptron.h"

#include <utility>

#include "models/ops/linear.h"

namespace seqrl {

Perceptron::Perceptron(Module* parent, std::string name, const Size& size)
    : Module(parent, std::move(name)), networks_(size.networks) {
  SEQRL_CHECK(size.layers >= 1 && size.networks >= 1);
  std::int64_t in = size.in;
  for (std::int64_t i = 0; i <= size.layers; ++i) {
    const bool last = i == size.layers;
    layers_.push_back(std::make_unique<Linear>(this, std::to_string(i), in,
                                               networks_ * (last ? size.out : size.dim),
                                               last ? Activation::none : Activation::relu,
                                               init::fan_in_uniform(in), init::fan_in_uniform(in)));
    in = size.dim;
  }
}

Tensor Perceptron::operator()(const Tensor& x, Weights weights) const {
  Tensor y = x;
  for (const auto& layer : layers_) {
    const bool frozen = weights == Weights::frozen;
    const Tensor weight = frozen ? layer->weight.value().frozen() : layer->weight.value();
    const Tensor bias = frozen ? layer->bias.value().frozen() : layer->bias.value();
    // In the first layer all networks read x; in later layers each reads its own part.
    const int groups = layer == layers_.front() ? 1 : networks_;
    y = grouped_linear(y, weight, bias, groups, layer->activation());
  }
  return y;
}

}  // namespace seqrl

#include "models/backbones/causal_conv.h"

#include <utility>

#include "models/backbones/state.h"
#include "models/ops/conv.h"
#include "models/ops/tokens.h"

namespace seqrl {

CausalConv::CausalConv(Module* parent, std::string name, std::int64_t dim, std::int64_t kernel,
                       Activation activation)
    : Module(parent, std::move(name)),
      weight(this, "weight", {dim, kernel}, init::fan_in_uniform(kernel), Decay::yes),
      bias(this, "bias", {dim}, init::fan_in_uniform(kernel), Decay::no),
      activation_(activation) {}

Tensor CausalConv::operator()(const Tensor& x, const Tensor* window) const {
  if (!window) return causal_conv(x, weight, bias, {}, activation_);
  const Tensor y = causal_conv(x, weight, bias, state_input(*x.tape(), *window), activation_);
  shift_window(*window, x);
  return y;
}

}  // namespace seqrl

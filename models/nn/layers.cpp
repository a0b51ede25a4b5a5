#include "models/nn/layers.h"

#include <utility>

#include "models/ops/linear.h"

namespace seqrl {

Linear::Linear(Module* parent, std::string name, std::int64_t in, std::int64_t out,
               Activation activation, Init init, Init bias_init)
    : Module(parent, std::move(name)),
      weight(this, "weight", {out, in}, std::move(init), Decay::yes),
      bias(this, "bias", {out}, std::move(bias_init), Decay::no),
      activation_(activation) {}

Tensor Linear::operator()(const Tensor& x) const {
  return linear(x, weight, bias, activation_);
}

LayerNorm::LayerNorm(Module* parent, std::string name, std::int64_t dim)
    : Module(parent, std::move(name)),
      weight(this, "weight", {dim}, init::ones(), Decay::no),
      bias(this, "bias", {dim}, init::zeros(), Decay::no) {}

Tensor LayerNorm::operator()(const Tensor& x) const {
  return layer_norm(x, weight, bias);
}

AddedNorm LayerNorm::add_and_norm(const Tensor& residual, const Tensor& branch, double p) const {
  return add_dropout_norm(residual, branch, p, weight, bias);
}

Mlp::Mlp(Module* parent, std::string name, std::int64_t dim, std::int64_t ratio)
    : Module(parent, std::move(name)),
      up_(this, "up", dim, ratio * dim, Activation::gelu),
      down_(this, "down", ratio * dim, dim) {}

Tensor Mlp::operator()(const Tensor& x) const {
  return down_(up_(x));
}

}  // namespace seqrl

// The basic layers of all networks.
#pragma once

#include <string>

#include "models/nn/module.h"
#include "models/ops/activation.h"
#include "models/ops/norm.h"

namespace seqrl {

// y = activation(x·Wᵀ + b): x (..., in) → (..., out).
class Linear : public Module {
 public:
  // By default, weights are drawn from N(0, 0.02²) and biases are zero, as in GPT-2 and the
  // Decision Transformer.
  Linear(Module* parent, std::string name, std::int64_t in, std::int64_t out,
         Activation activation = Activation::none, Init init = init::normal(0.02),
         Init bias_init = init::zeros());

  Tensor operator()(const Tensor& x) const;
  std::int64_t in() const { return weight.shape()[1]; }
  std::int64_t out() const { return weight.shape()[0]; }
  Activation activation() const { return activation_; }

  Parameter weight;  // (out, in)
  Parameter bias;    // (out)

 private:
  Activation activation_;
};

// Layer norm with learned weight and bias: x (..., dim) → (..., dim).
class LayerNorm : public Module {
 public:
  LayerNorm(Module* parent, std::string name, std::int64_t dim);
  Tensor operator()(const Tensor& x) const;

  // The norm of residual + dropout(branch, p), and that sum itself.
  AddedNorm add_and_norm(const Tensor& residual, const Tensor& branch, double p) const;

  Parameter weight, bias;  // (dim)
};

// The two-layer perceptron of a block with a GELU in between: dim → ratio · dim → dim.
class Mlp : public Module {
 public:
  Mlp(Module* parent, std::string name, std::int64_t dim, std::int64_t ratio = 4);
  Tensor operator()(const Tensor& x) const;

 private:
  Linear up_, down_;
};

}  // namespace seqrl

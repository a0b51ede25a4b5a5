#include "models/backbones/mamba.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/backbones/limits.h"
#include "models/core/alignment.h"
#include "models/ops/conv.h"
#include "models/ops/elementwise.h"
#include "models/ops/linear.h"
#include "models/ops/rearrange.h"
#include "models/ops/selective_scan.h"

namespace seqrl {
namespace {

// softplus⁻¹ of Δ drawn from a log-uniform distribution over [smallest, largest].
Init step_biases(double smallest, double largest) {
  return [=](Random& random, std::span<double> biases) {
    for (double& bias : biases) {
      bias = std::log(std::expm1(std::exp(random.uniform(std::log(smallest), std::log(largest)))));
    }
  };
}

// A = −(1, 2, …, state) in every channel, the real part of S4D.
Init decay_logs(std::int64_t state) {
  return [state](Random&, std::span<double> logs) {
    for (std::size_t i = 0; i < logs.size(); ++i) {
      logs[i] = std::log(1.0 + static_cast<double>(i % static_cast<std::size_t>(state)));
    }
  };
}

Init symmetric(double bound) {
  return init::uniform(-bound, bound);
}

// Checks the options before sizes are computed from them.
const MambaConfig& checked(const MambaConfig& config) {
  SEQRL_REQUIRE(config.dim >= 1 && config.expand >= 1 && config.d_state >= 1,
                "mamba needs dim, expand and d_state ≥ 1, got {}, {} and {}", config.dim,
                config.expand, config.d_state);
  SEQRL_REQUIRE(config.d_conv >= 1 && config.d_conv <= kLargestConvKernel,
                "d_conv must span 1 to {} tokens, got {}", kLargestConvKernel, config.d_conv);
  SEQRL_REQUIRE(0 < config.dt_min && config.dt_min <= config.dt_max,
                "mamba needs 0 < dt_min ≤ dt_max, got {} and {}", config.dt_min, config.dt_max);
  return config;
}

}  // namespace

void MambaConfig::fields(Fields& field) {
  BackboneConfig::fields(field);
  field("expand", expand, "number of channels of the scan relative to dim",
        in_range(1, kMaxExpansion));
  field("d_state", d_state, "state components per channel", in_range(1, 1 << 12));
  field("d_conv", d_conv, "kernel size of the causal convolution", in_range(1, kLargestConvKernel));
  field("dt_min", dt_min, "smallest initial step; a channel forgets in 1/step tokens", positive());
  field("dt_max", dt_max, "largest initial step", positive(), at_most(100));
  field("mlp", mlp, "hidden size of the MLP relative to dim; 0 = no MLP",
        in_range(0, kMaxExpansion));
}

MambaMixer::MambaMixer(Module* parent, const MambaConfig& config)
    : Mixer(parent, "mixer"),
      inner_(config.expand * config.dim),
      state_(config.d_state),
      rank_(divide_up(config.dim, 16)),
      in_proj_(this, "in_proj.weight", {2 * inner_, config.dim}, init::fan_in_uniform(config.dim),
               Decay::yes),
      conv_(this, "conv", inner_, config.d_conv, Activation::silu),
      x_proj_(this, "x_proj.weight", {rank_ + 2 * state_, inner_}, init::fan_in_uniform(inner_),
              Decay::yes),
      dt_proj_(this, "dt_proj.weight", {inner_, rank_},
               symmetric(1 / std::sqrt(static_cast<double>(rank_))), Decay::yes),
      dt_bias_(this, "dt_proj.bias", {inner_}, step_biases(config.dt_min, config.dt_max),
               Decay::no),
      a_log_(this, "a_log", {inner_, state_}, decay_logs(state_), Decay::no),
      d_(this, "d", {inner_}, init::ones(), Decay::no),
      // PyTorch's default over √layers, so that the sum of the residual branches keeps its scale.
      out_proj_(this, "out_proj.weight", {config.dim, inner_},
                symmetric(1 / std::sqrt(static_cast<double>(
                                  inner_ * std::max<std::int64_t>(1, config.layers)))),
                Decay::yes) {}

void MambaMixer::add_state(State& state) const {
  state.add_layer({{state_, inner_}, conv_.window_shape()});
}

Tensor MambaMixer::mix(const Tensor& u, State* state, int layer) const {
  const Tensor* remembered = state ? state->layer(layer).data() : nullptr;
  const Tensor both = linear(u, in_proj_, {});
  const auto [x_in, z] = split_last(both, {inner_, inner_});
  const Tensor x = conv_(x_in, remembered ? remembered + 1 : nullptr);
  const Tensor selection = linear(x, x_proj_, {});
  const auto [dt, b, c] = split_last(selection, {rank_, state_, state_});
  const Tensor y = selective_scan({.u = x,
                                   .dt = linear(dt, dt_proj_, {}),
                                   .dt_bias = dt_bias_,
                                   .a_log = a_log_,
                                   .b = b,
                                   .c = c,
                                   .d = d_,
                                   .h0 = remembered ? remembered[0] : Tensor()},
                                  remembered ? remembered[0] : Tensor());
  return gate_silu(y, z);
}

Tensor MambaMixer::project(const Tensor& mixed) const {
  return linear(mixed, out_proj_, {});
}

Mamba::Mamba(Module* parent, std::string name, const MambaConfig& config)
    : ResidualBackbone(parent, std::move(name), checked(config), config.mlp,
                       [&](Module* block) { return std::make_unique<MambaMixer>(block, config); }) {
}

}  // namespace seqrl

#include "models/backbones/min_mixer.h"

#include <algorithm>
#include <utility>

#include "models/backbones/limits.h"
#include "models/ops/conv.h"
#include "models/ops/tokens.h"

namespace seqrl {
namespace {

// Zeros for the candidate and ±forget_bias for the gates. So the cell keeps a share σ(forget_bias)
// of its state: minGRU 1 − σ(−b), minLSTM f/(f + i) with f = σ(b), i = σ(−b) and f + i = 1. With a
// bias on its forget gate alone, minLSTM could not keep more than 1/(1 + σ(0)), two thirds.
Init gate_biases(const MinRnnConfig& config, const MinCellKind& kind) {
  return [bias = config.forget_bias, kind](Random&, std::span<double> biases) {
    const std::size_t inner = biases.size() / static_cast<std::size_t>(kind.projections);
    std::ranges::fill(biases, 0.0);
    for (std::size_t gate = 0; (gate + 1) * inner < biases.size(); ++gate) {
      std::ranges::fill(biases.subspan(gate * inner, inner), kind.keep_signs[gate] * bias);
    }
  };
}

// Checks the options before sizes are computed from them.
const MinRnnConfig& checked(const MinRnnConfig& config) {
  SEQRL_REQUIRE(config.dim >= 1 && config.expansion >= 1,
                "a min backbone needs dim and expansion ≥ 1, got {} and {}", config.dim,
                config.expansion);
  SEQRL_REQUIRE(config.conv >= 0 && config.conv <= kLargestConvKernel,
                "conv must be 0 (none) or span 1 to {} tokens, got {}", kLargestConvKernel,
                config.conv);
  return config;
}

}  // namespace

void MinRnnConfig::fields(Fields& field) {
  BackboneConfig::fields(field);
  field("state", state, "the candidate: g(v) > 0 as in the paper's experiments, or v itself",
        one_of({"positive", "signed"}));
  field("expansion", expansion, "size of the hidden state relative to dim",
        in_range(1, kMaxExpansion));
  field("forget_bias", forget_bias,
        "initially the gates keep a fraction sigmoid(forget_bias) of the state");
  field("conv", conv, "kernel size of a causal convolution before the cell; 0 = none",
        in_range(0, kLargestConvKernel));
  field("mlp", mlp, "hidden size of the MLP relative to dim; 0 = no MLP",
        in_range(0, kMaxExpansion));
  field("learned_h0", learned_h0, "learn the initial hidden state instead of using zeros");
}

MinMixer::MinMixer(Module* parent, const MinRnnConfig& config, const MinCellKind& kind)
    : Mixer(parent, "cell"),
      state_(config.state == "signed" ? CandidateState::signed_ : CandidateState::positive),
      kind_(kind),
      h0_(config.learned_h0
              ? std::make_unique<Parameter>(this, "h0", Shape{config.expansion * config.dim},
                                            init::zeros(), Decay::no)
              : nullptr),
      conv_(config.conv > 0 ? std::make_unique<CausalConv>(this, "conv", config.dim, config.conv)
                            : nullptr),
      gates_(this, "gates", config.dim, kind.projections * config.expansion * config.dim,
             Activation::none, init::fan_in_uniform(config.dim), gate_biases(config, kind)),
      down_(this, "down", config.expansion * config.dim, config.dim, Activation::none,
            init::fan_in_uniform(config.expansion * config.dim)) {}

void MinMixer::add_state(State& state) const {
  const std::int64_t inner = down_.in();
  if (conv_) {
    state.add_layer({{inner}, conv_->window_shape()});
  } else {
    state.add_layer({{inner}});
  }
  if (!h0_) return;
  const Tensor h0 = h0_->value(), h = state.layer(state.layers() - 1)[0];
  for (std::int64_t b = 0; b < state.batch(); ++b) {
    runtime_of(h.device())
        .copy(static_cast<std::byte*>(h.raw()) + static_cast<std::size_t>(b) * h0.bytes(), h0.raw(),
              h0.bytes());
  }
}

Tensor MinMixer::mix(const Tensor& x, State* state, int layer) const {
  const Tensor* remembered = state ? state->layer(layer).data() : nullptr;
  const Tensor seen = conv_ ? (*conv_)(x, remembered ? remembered + 1 : nullptr) : x;
  Tensor h0;
  if (remembered) {
    h0 = state_input(*x.tape(), remembered[0]);
  } else if (h0_) {
    h0 = h0_->value();
  }
  const Tensor h = kind_.scan(gates_(seen), h0, state_);
  if (remembered) shift_window(remembered[0], h);
  return h;
}

Tensor MinMixer::project(const Tensor& mixed) const {
  return down_(mixed);
}

MinRnn::MinRnn(Module* parent, std::string name, const MinRnnConfig& config,
               const MinCellKind& kind)
    : ResidualBackbone(parent, std::move(name), checked(config), config.mlp, [&](Module* block) {
        return std::make_unique<MinMixer>(block, config, kind);
      }) {}

}  // namespace seqrl

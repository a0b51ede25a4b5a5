#include "models/backbones/min_block.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "models/ops/conv.h"
#include "models/ops/elementwise.h"

namespace seqrl {
namespace {

// Zeros, and for the first of `projections` gates a bias that keeps (or does not overwrite) the
// state.
Init gate_biases(const MinRnnConfig& config, const MinCellKind& kind) {
  return [value = kind.keep_sign * config.forget_bias, kind](Random&, std::span<double> biases) {
    const std::size_t inner = biases.size() / static_cast<std::size_t>(kind.projections);
    std::ranges::fill(biases, 0.0);
    std::ranges::fill(biases.first(inner), value);
  };
}

}  // namespace

void MinRnnConfig::fields(Fields& field) {
  BackboneConfig::fields(field);
  field("state", state, "the candidate: g(v) > 0 as in the paper's experiments, or v itself",
        one_of({"positive", "signed"}));
  field("expansion", expansion, "size of the hidden state over dim", at_least(1));
  field("forget_bias", forget_bias, "added to the initial bias of the gate that keeps the state");
  field("conv", conv, "kernel of a causal convolution before the cell; 0 = none",
        in_range(0, kLargestConvKernel));
  field("mlp", mlp, "hidden size of the MLP over dim; 0 = no MLP", at_least(0));
  field("learned_h0", learned_h0, "learn the first hidden state instead of zeros");
}

MinBlock::Cell::Cell(Module* parent, const MinRnnConfig& config, const MinCellKind& kind)
    : Module(parent, "cell"),
      gates(this, "gates", config.dim, kind.projections * config.expansion * config.dim,
            Activation::none, init::fan_in_uniform(config.dim), gate_biases(config, kind)) {
  if (config.learned_h0) {
    h0 = std::make_unique<Parameter>(this, "h0", Shape{config.expansion * config.dim},
                                     init::zeros(), Decay::no);
  }
}

MinBlock::MinBlock(Module* parent, std::string name, const MinRnnConfig& config,
                   const MinCellKind& kind)
    : Module(parent, std::move(name)),
      state_(config.state == "signed" ? CandidateState::signed_ : CandidateState::positive),
      kind_(kind),
      dropout_(config.dropout),
      norm_(this, "norm", config.dim),
      conv_(config.conv > 0 ? std::make_unique<CausalConv>(this, "conv", config.dim, config.conv)
                            : nullptr),
      cell_(this, config, kind),
      down_(this, "down", config.expansion * config.dim, config.dim, Activation::none,
            init::fan_in_uniform(config.expansion * config.dim)) {
  if (config.mlp > 0) {
    mlp_norm_ = std::make_unique<LayerNorm>(this, "mlp_norm", config.dim);
    mlp_ = std::make_unique<Mlp>(this, "mlp", config.dim, config.mlp);
  }
}

void MinBlock::begin(State& state, int layer) const {
  const std::int64_t inner = down_.in();
  if (conv_) {
    state.add_layer({{inner}, conv_->window_shape()});
  } else {
    state.add_layer({{inner}});
  }
  if (!cell_.h0) return;
  const Tensor h0 = cell_.h0->value(), h = state.layer(layer)[0];
  for (std::int64_t b = 0; b < state.batch(); ++b) {
    std::memcpy(static_cast<std::byte*>(h.raw()) + static_cast<std::size_t>(b) * h0.bytes(),
                h0.raw(), h0.bytes());
  }
}

Tensor MinBlock::forward(const Tensor& x, State* state, int layer) const {
  const Tensor* remembered = state ? state->layer(layer).data() : nullptr;
  Tensor branch = norm_(x);
  if (conv_) branch = (*conv_)(branch, remembered ? remembered + 1 : nullptr);
  Tensor h0;
  if (remembered) {
    h0 = recalled(*x.tape(), remembered[0]);
  } else if (cell_.h0) {
    h0 = cell_.h0->value();
  }
  const Tensor h = kind_.scan(cell_.gates(branch), h0, state_);
  if (remembered) remember_last(remembered[0], h);
  const Tensor y = add_dropout(x, down_(h), dropout_);
  return mlp_ ? add_dropout(y, (*mlp_)((*mlp_norm_)(y)), dropout_) : y;
}

MinRnn::MinRnn(Module* parent, std::string name, const MinRnnConfig& config,
               const MinCellKind& kind)
    : Backbone(parent, std::move(name)), dim_(config.dim) {
  SEQRL_REQUIRE(config.dim >= 1 && config.layers >= 0 && config.expansion >= 1 && config.mlp >= 0,
                "a min backbone needs dim ≥ 1, layers ≥ 0, expansion ≥ 1 and mlp ≥ 0, got {}, {}, "
                "{} and {}",
                config.dim, config.layers, config.expansion, config.mlp);
  SEQRL_REQUIRE(config.conv >= 0 && config.conv <= kLargestConvKernel,
                "conv must be 0 (none) or span 1 to {} tokens, got {}", kLargestConvKernel,
                config.conv);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    blocks_.push_back(std::make_unique<MinBlock>(this, fmt::format("blocks.{}", i), config, kind));
  }
  norm_ = std::make_unique<LayerNorm>(this, "norm", config.dim);
}

State MinRnn::initial_state(std::int64_t batch) const {
  State state(batch, norm_->weight.value().dtype());
  for (std::size_t i = 0; i < blocks_.size(); ++i) blocks_[i]->begin(state, static_cast<int>(i));
  return state;
}

Tensor MinRnn::forward(const Tensor& x, State* state) const {
  Tensor y = x;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    y = blocks_[i]->forward(y, state, static_cast<int>(i));
  }
  if (state) state->advance(x.dim(1));
  return (*norm_)(y);
}

}  // namespace seqrl

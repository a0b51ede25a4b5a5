#include "models/backbones/residual.h"

#include <fmt/format.h>

#include <utility>

#include "models/ops/tokens.h"

namespace seqrl {

ResidualBackbone::Block::Block(Module* parent, std::string name, std::int64_t dim,
                               std::int64_t mlp_ratio, const MakeMixer& make_mixer)
    : Module(parent, std::move(name)), norm(this, "norm", dim), mixer(make_mixer(this)) {
  if (mlp_ratio == 0) return;
  mlp_norm = std::make_unique<LayerNorm>(this, "mlp_norm", dim);
  mlp = std::make_unique<Mlp>(this, "mlp", dim, mlp_ratio);
}

ResidualBackbone::ResidualBackbone(Module* parent, std::string name, const BackboneConfig& config,
                                   std::int64_t mlp, const MakeMixer& make_mixer)
    : Backbone(parent, std::move(name)), dim_(config.dim), dropout_(config.dropout) {
  SEQRL_REQUIRE(config.dim >= 1 && config.layers >= 0 && mlp >= 0,
                "a backbone needs dim ≥ 1, layers ≥ 0 and mlp ≥ 0, got {}, {} and {}", config.dim,
                config.layers, mlp);
  for (std::int64_t i = 0; i < config.layers; ++i) {
    blocks_.push_back(
        std::make_unique<Block>(this, fmt::format("blocks.{}", i), dim_, mlp, make_mixer));
  }
  norm_ = std::make_unique<LayerNorm>(this, "norm", dim_);
}

State ResidualBackbone::initial_state(std::int64_t batch) const {
  const Tensor& weight = norm_->weight.value();
  State state(batch, weight.dtype(), weight.device());
  for (const auto& block : blocks_) block->mixer->add_state(state);
  return state;
}

Tensor ResidualBackbone::forward(const Tensor& x, State* state) const {
  return forward_strided(1, 0, x, state);
}

Tensor ResidualBackbone::forward_strided(std::int64_t stride, std::int64_t offset, const Tensor& x,
                                         State* state) const {
  if (stride == 1) return run(x, state, nullptr);
  return run(x, state, [=](const Two& tokens) { return strided_tokens(tokens, stride, offset); });
}

Tensor ResidualBackbone::forward_at(const Tensor& rows, const Tensor& x) const {
  return run(x, nullptr, [&](const Two& tokens) {
    const bool two = tokens[1].defined();
    return Two{tokens_at(tokens[0], rows), two ? tokens_at(tokens[1], rows) : Tensor()};
  });
}

Tensor ResidualBackbone::run(const Tensor& x, State* state, const Pick& pick) const {
  SEQRL_REQUIRE(x.shape().rank() == 3 && x.dim(2) == dim_,
                "a backbone of dim {} was given x with shape {}, expected (batch, time, {})", dim_,
                x.shape().text(), dim_);
  SEQRL_REQUIRE(!state || state->batch() == x.dim(0),
                "a state of {} sequences was given a chunk of {}", state ? state->batch() : 0,
                x.dim(0));
  if (blocks_.empty()) {
    if (state) state->advance(x.dim(1));
    return (*norm_)(pick ? pick({x, {}})[0] : x);
  }
  // A block ends with a sum, and the next operation is the norm of that sum.
  AddedNorm stream{x, blocks_.front()->norm(x)};
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const Block& block = *blocks_[i];
    const bool last = i + 1 == blocks_.size();
    const LayerNorm& next = last ? *norm_ : blocks_[i + 1]->norm;
    Tensor mixed = block.mixer->mix(stream.normalized, state, static_cast<int>(i));
    if (last && pick) {
      // From here on tokens do not mix, so only the selected ones are processed.
      const Two picked = pick({mixed, stream.sum});
      mixed = picked[0], stream.sum = picked[1];
    }
    const Tensor branch = block.mixer->project(mixed);
    stream = (block.mlp ? *block.mlp_norm : next).add_and_norm(stream.sum, branch, dropout_);
    if (block.mlp) {
      stream = next.add_and_norm(stream.sum, (*block.mlp)(stream.normalized), dropout_);
    }
  }
  if (state) state->advance(x.dim(1));
  return stream.normalized;
}

}  // namespace seqrl

#include "models/backbones/transformer.h"

#include <utility>

#include "models/ops/attention.h"
#include "models/ops/rotary.h"

namespace seqrl {
namespace {

// The initial number of rows of a state without a window.
constexpr std::int64_t kFirstRows = 64;

class SelfAttention : public Mixer {
 public:
  SelfAttention(Module* parent, const TransformerConfig& config)
      : Mixer(parent, "attention"),
        options_{config.heads, config.window.value_or(0),
                 config.attention_dropout.value_or(config.dropout)},
        rotates_(config.positions == "rotary"),
        qkv_(this, "qkv", config.dim, 3 * config.dim),
        out_(this, "out", config.dim, config.dim) {}

  void add_state(State& state) const override {
    const std::int64_t rows = options_.window > 0 ? options_.window - 1 : kFirstRows;
    state.add_layer({{rows, out_.in()}, {rows, out_.in()}});
    if (options_.window > 0) state.count_on_device();
  }

  Tensor mix(const Tensor& x, State* state, int layer) const override {
    const Position first = state ? state->position() : 0;
    Tensor qkv = qkv_(x);
    if (rotates_) {
      const std::int64_t size = out_.in() / options_.heads;
      qkv = rotary(qkv, rotary_table(*x.tape(), x.dtype(), first, x.dim(1), size));
    }
    if (!state) return attention(qkv, options_);
    if (options_.window == 0) {
      state->reserve(layer, attention_cache_rows(0, first.number, x.dim(1)));
    }
    const auto cache = state->layer(layer);
    return attention(qkv, options_, {cache[0], cache[1], first});
  }

  Tensor project(const Tensor& mixed) const override { return out_(mixed); }

 private:
  AttentionOptions options_;
  bool rotates_;
  Linear qkv_, out_;
};

}  // namespace

Transformer::Transformer(Module* parent, std::string name, const TransformerConfig& config)
    : ResidualBackbone(parent, std::move(name), config, config.mlp, [&](Module* block) {
        return std::make_unique<SelfAttention>(block, config);
      }) {
  SEQRL_REQUIRE(config.heads >= 1 && config.dim % config.heads == 0,
                "transformer: {} heads do not divide dim {}", config.heads, config.dim);
  SEQRL_REQUIRE(config.positions == "none" || config.positions == "rotary",
                "transformer: positions is {}, expected none or rotary", config.positions);
}

}  // namespace seqrl

// The Transformer backbone.
#pragma once

#include <optional>
#include <string>

#include "models/backbones/limits.h"
#include "models/backbones/residual.h"

namespace seqrl {

struct TransformerConfig : BackboneConfig {
  std::int64_t heads = 1;
  std::int64_t mlp = 4;
  std::optional<std::int64_t> window;
  std::optional<double> attention_dropout;
  std::string positions = "none";

  void fields(Fields& field) {
    BackboneConfig::fields(field);
    field("heads", heads, "attention heads", in_range(1, 1 << 16));
    field("mlp", mlp, "hidden size of the MLP relative to dim; 0 = no MLP",
          in_range(0, kMaxExpansion));
    field("window", window,
          "number of tokens that a token attends to, including itself; 0 = all previous ones; null "
          "= 3 · training.context in a Decision Transformer, else all",
          in_range(0, 1 << 24));
    field("attention_dropout", attention_dropout,
          "dropout of attention probabilities; null = training.dropout", at_least(0), less_than(1));
    field("positions", positions, "how attention encodes the order of tokens",
          one_of({"none", "rotary"}));
    // These apply to a given dim; match_parameters() chooses one that passes them.
    field.check(
        "heads", [this] { return match_parameters || dim % heads == 0; }, "divide dim");
    field.check(
        "positions",
        [this] { return match_parameters || positions == "none" || dim / heads % 2 == 0; },
        "be none where dim / heads is odd");
  }
};

// Pre-norm blocks of causal attention and an MLP, as in GPT-2 (Radford et al., 2019).
//
// A state keeps the keys and values of the last window − 1 tokens, so its size is constant. Without
// a window it keeps all and doubles its size when full; set a window if steps must not allocate.
class Transformer : public ResidualBackbone {
 public:
  Transformer(Module* parent, std::string name, const TransformerConfig& config);
};

}  // namespace seqrl

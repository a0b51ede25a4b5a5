#include "models/backbones/transformer.h"

#include "models/backbones/conformance.h"
#include "models/nn/parameter_block.h"
#include "tests/catch.h"
#include "tests/models/backbones/oracle.h"
#include "tests/models/backbones/warm_steps.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

TransformerConfig transformer(std::int64_t dim, std::int64_t heads, std::int64_t window,
                              const std::string& positions) {
  TransformerConfig config;
  config.dim = dim, config.layers = 2;
  config.heads = heads, config.window = window, config.positions = positions;
  return config;
}

std::string transformer_oracle(const std::string& name) {
  return compare_with_oracle(name, [](const nlohmann::json& json) {
    TransformerConfig config =
        transformer(json["dim"], json["heads"], json["window"], json["positions"]);
    config.layers = json["layers"];
    config.mlp = json["mlp"];
    return std::make_unique<Transformer>(nullptr, "", config);
  });
}

}  // namespace

TEST_CASE("transformer conforms with and without windows, positions and several heads") {
  for (const TransformerConfig& config :
       {transformer(16, 1, 0, "none"), transformer(24, 6, 0, "rotary"),
        transformer(12, 2, 5, "rotary"), transformer(7, 1, 60, "none"),
        transformer(4, 1, 1, "none")}) {
    CAPTURE(config.heads, config.window, config.positions);
    CHECK(check_conformance([&] { return std::make_unique<Transformer>(nullptr, "", config); }) ==
          std::vector<std::string>{});
  }
}

TEST_CASE("outputs, gradients and training of transformer match PyTorch") {
  CHECK(transformer_oracle("transformer") == "");
  CHECK(transformer_oracle("transformer_other") == "");
}

TEST_CASE("a transformer's state has constant size with a window, and doubles without one") {
  for (std::int64_t window : {0, 10}) {
    Transformer backbone(nullptr, "", transformer(8, 1, window, "none"));
    const ParameterBlock block(backbone, DType::f32, 1);
    State state = backbone.initial_state(2);
    const std::size_t before = state.bytes();
    Tape tape;
    int growths = 0;
    for (int t = 0; t < 300; ++t) {
      const std::size_t bytes = state.bytes();
      tape.begin({});
      backbone.forward(make_input(tape, {2, 1, 8}, std::vector<float>(16)), &state);
      growths += state.bytes() != bytes;
    }
    CHECK(growths == (window ? 0 : 3));  // 64 → 128 → 256 → 512 rows
    if (window) {
      const std::size_t rows = 2 * 2 * 2 * (10 - 1);  // layers, keys and values, batch
      CHECK(before == rows * 8 * sizeof(float));
    }
  }
}

TEST_CASE("a warm step of transformer with a window does not allocate memory") {
  Transformer backbone(nullptr, "", transformer(24, 2, 7, "rotary"));
  CHECK(allocations_of_warm_steps(backbone) == 0);
}

TEST_CASE("transformer rejects invalid options") {
  CHECK_THROWS_WITH(Transformer(nullptr, "", transformer(10, 3, 0, "none")),
                    "transformer: 3 heads do not divide dim 10");
  CHECK_THROWS_WITH(Transformer(nullptr, "", transformer(10, 1, 0, "learned")),
                    "transformer: positions is learned, expected none or rotary");
}

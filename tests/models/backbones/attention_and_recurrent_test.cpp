#include "models/backbones/conformance.h"
#include "models/backbones/gru.h"
#include "models/backbones/lstm.h"
#include "models/backbones/transformer.h"
#include "models/nn/parameter_block.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

template <typename B, typename Config>
std::string violations(const Config& config) {
  std::string text;
  for (const auto& line :
       check_conformance([&] { return std::make_unique<B>(nullptr, "", config); })) {
    text += line + "\n";
  }
  return text;
}

TransformerConfig transformer(std::int64_t dim, std::int64_t heads, std::int64_t window,
                              const std::string& positions) {
  TransformerConfig config;
  config.dim = dim, config.layers = 2;
  config.heads = heads, config.window = window, config.positions = positions;
  return config;
}

template <typename Config>
Config recurrent(std::int64_t dim, std::int64_t expansion, std::int64_t mlp) {
  Config config;
  config.dim = dim, config.layers = 2;
  config.expansion = expansion, config.mlp = mlp;
  return config;
}

}  // namespace

TEST_CASE("transformer conforms, with and without a window, positions and more heads") {
  CHECK(violations<Transformer>(transformer(16, 1, 0, "none")) == "");
  CHECK(violations<Transformer>(transformer(24, 6, 0, "rotary")) == "");
  CHECK(violations<Transformer>(transformer(12, 2, 5, "rotary")) == "");
  CHECK(violations<Transformer>(transformer(7, 1, 60, "none")) == "");
  CHECK(violations<Transformer>(transformer(4, 1, 1, "none")) == "");
}

TEST_CASE("gru and lstm conform") {
  CHECK(violations<Gru>(recurrent<GruConfig>(16, 1, 4)) == "");
  CHECK(violations<Gru>(recurrent<GruConfig>(7, 2, 0)) == "");
  CHECK(violations<Lstm>(recurrent<LstmConfig>(16, 1, 4)) == "");
  CHECK(violations<Lstm>(recurrent<LstmConfig>(7, 2, 0)) == "");
}

TEST_CASE(
    "a transformer's state is of constant size with a window, and grows by doubling without") {
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

TEST_CASE("the LSTM's forget bias raises the forget gate's input bias alone") {
  LstmConfig config = recurrent<LstmConfig>(4, 1, 0);
  config.layers = 1;
  Lstm plain(nullptr, "", config);
  config.forget_bias = 3;
  Lstm raised(nullptr, "", config);
  const ParameterBlock a(plain, DType::f64, 1), b(raised, DType::f64, 1);
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    const auto& [name, parameter, offset] = a.entries()[i];
    const auto before = parameter->value().span<double>();
    const auto after = b.entries()[i].parameter->value().span<double>();
    for (std::size_t j = 0; j < before.size(); ++j) {
      const bool forget = name == "blocks.0.lstm.inputs.bias" && j / 4 == 1;
      CHECK(after[j] - before[j] == Approx(forget ? 3 : 0));
    }
  }
}

TEST_CASE("backbones refuse options, inputs and states that do not fit") {
  CHECK_THROWS_WITH(Transformer(nullptr, "", transformer(10, 3, 0, "none")),
                    "transformer: 3 heads do not divide dim 10");
  CHECK_THROWS_WITH(Transformer(nullptr, "", transformer(10, 1, 0, "learned")),
                    "transformer: positions is learned, expected none or rotary");
  CHECK_THROWS_WITH(Gru(nullptr, "", recurrent<GruConfig>(4, 0, 4)),
                    "expansion is 0, expected 1 or more");
  Gru backbone(nullptr, "", recurrent<GruConfig>(4, 1, 4));
  const ParameterBlock block(backbone, DType::f32, 1);
  Tape tape;
  tape.begin({});
  CHECK_THROWS_WITH(
      backbone.forward(tape.constant({2, 3, 5}, DType::f32)),
      "a backbone of dim 4 was given x with shape (2, 3, 5), expected (batch, time, 4)");
  State state = backbone.initial_state(3);
  CHECK_THROWS_WITH(backbone.forward(tape.constant({2, 3, 4}, DType::f32), &state),
                    "a state of 3 sequences was given a chunk of 2");
}

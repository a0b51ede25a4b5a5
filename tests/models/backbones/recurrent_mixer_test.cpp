#include "models/backbones/recurrent_mixer.h"

#include "models/backbones/conformance.h"
#include "models/backbones/gru.h"
#include "models/backbones/lstm.h"
#include "models/nn/parameter_block.h"
#include "tests/catch.h"
#include "tests/models/backbones/oracle.h"
#include "tests/models/backbones/warm_steps.h"

using namespace seqrl;

namespace {

template <typename Config>
Config recurrent(std::int64_t dim, std::int64_t expansion, std::int64_t mlp) {
  Config config;
  config.dim = dim, config.layers = 2;
  config.expansion = expansion, config.mlp = mlp;
  return config;
}

template <typename B, typename Config>
std::vector<std::string> violations(const Config& config) {
  return check_conformance([&] { return std::make_unique<B>(nullptr, "", config); });
}

template <typename B, typename Config>
std::string oracle(const std::string& name) {
  return compare_with_oracle(name, [](const nlohmann::json& json) {
    Config config = recurrent<Config>(json["dim"], json["expansion"], json["mlp"]);
    config.layers = json["layers"];
    return std::make_unique<B>(nullptr, "", config);
  });
}

}  // namespace

TEST_CASE("gru and lstm conform") {
  const std::vector<std::string> none;
  CHECK(violations<Gru>(recurrent<GruConfig>(16, 1, 4)) == none);
  CHECK(violations<Gru>(recurrent<GruConfig>(7, 2, 0)) == none);
  CHECK(violations<Lstm>(recurrent<LstmConfig>(16, 1, 4)) == none);
  CHECK(violations<Lstm>(recurrent<LstmConfig>(7, 2, 0)) == none);
}

TEST_CASE("outputs, gradients and training of gru and lstm match PyTorch") {
  CHECK(oracle<Gru, GruConfig>("gru") == "");
  CHECK(oracle<Gru, GruConfig>("gru_other") == "");
  CHECK(oracle<Lstm, LstmConfig>("lstm") == "");
  CHECK(oracle<Lstm, LstmConfig>("lstm_other") == "");
}

TEST_CASE("a warm step of gru and lstm does not allocate memory") {
  Gru gru(nullptr, "", recurrent<GruConfig>(20, 1, 4));
  Lstm lstm(nullptr, "", recurrent<LstmConfig>(20, 1, 4));
  CHECK(allocations_of_warm_steps(gru) == 0);
  CHECK(allocations_of_warm_steps(lstm) == 0);
}

TEST_CASE("the LSTM's forget bias raises only the input bias of the forget gate") {
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

TEST_CASE("gru rejects invalid options, inputs and states") {
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

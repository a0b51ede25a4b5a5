#include "models/backbones/conformance.h"
#include "models/backbones/min_gru.h"
#include "models/backbones/min_lstm.h"
#include "models/nn/parameter_block.h"
#include "tests/catch.h"
#include "tests/models/backbones/oracle.h"
#include "tests/models/backbones/warm_steps.h"

using namespace seqrl;

namespace {

MinRnnConfig from_json(const nlohmann::json& json) {
  MinRnnConfig config;
  config.dim = json["dim"];
  config.layers = json["layers"];
  config.state = json["state"];
  config.expansion = json["expansion"];
  config.conv = json["conv"];
  config.mlp = json["mlp"];
  config.learned_h0 = json["learned_h0"];
  return config;
}

// All optional parts, and a dim that is no multiple of a vector.
MinRnnConfig with_everything() {
  MinRnnConfig config;
  config.dim = 7;
  config.layers = 2;
  config.expansion = 2;
  config.forget_bias = 1;
  config.conv = 4;
  config.mlp = 2;
  config.learned_h0 = true;
  return config;
}

template <typename B>
std::string parameter_count(const MinRnnConfig& config) {
  B backbone(nullptr, "", {config});
  return std::to_string(ParameterBlock(backbone, DType::f32, 1).count());
}

}  // namespace

TEST_CASE("min_gru and min_lstm conform") {
  MinRnnConfig plain;
  plain.dim = 16;
  plain.layers = 2;
  for (MinRnnConfig config : {plain, with_everything()}) {
    for (const char* state : {"positive", "signed"}) {
      config.state = state;
      CHECK(check_conformance([&] {
              return std::make_unique<MinGru>(nullptr, "", MinGruConfig{config});
            }) == std::vector<std::string>{});
      CHECK(check_conformance([&] {
              return std::make_unique<MinLstm>(nullptr, "", MinLstmConfig{config});
            }) == std::vector<std::string>{});
    }
  }
}

TEST_CASE("outputs, gradients and training of min_gru and min_lstm match PyTorch") {
  const auto gru = [](const nlohmann::json& json) {
    return std::make_unique<MinGru>(nullptr, "", MinGruConfig{from_json(json)});
  };
  const auto lstm = [](const nlohmann::json& json) {
    return std::make_unique<MinLstm>(nullptr, "", MinLstmConfig{from_json(json)});
  };
  CHECK(compare_with_oracle("min_gru", gru) == "");
  CHECK(compare_with_oracle("min_gru_other", gru) == "");
  CHECK(compare_with_oracle("min_lstm", lstm) == "");
  CHECK(compare_with_oracle("min_lstm_other", lstm) == "");
}

TEST_CASE("a warm step of min_gru and min_lstm does not allocate memory") {
  MinGru gru(nullptr, "", {with_everything()});
  MinLstm lstm(nullptr, "", {with_everything()});
  CHECK(allocations_of_warm_steps(gru) == 0);
  CHECK(allocations_of_warm_steps(lstm) == 0);
}

TEST_CASE("a forget bias opens the gates that keep the state and closes those that overwrite it") {
  MinRnnConfig config = with_everything();
  config.forget_bias = 3;
  const std::int64_t inner = config.expansion * config.dim;
  const auto gate_biases = [&](Backbone& backbone) -> std::vector<double> {
    const ParameterBlock block(backbone, DType::f64, 1);
    for (const auto& entry : block.entries()) {
      if (entry.name != "blocks.0.cell.gates.bias") continue;
      const double* bias = entry.parameter->value().data<double>();
      const std::int64_t size = entry.parameter->shape().size();
      std::vector<double> biases;
      for (std::int64_t i = 0; i < size; i += inner) {
        CHECK(bias[i] == bias[i + inner - 1]);
        biases.push_back(bias[i]);
      }
      return biases;
    }
    return {};
  };
  MinGru gru(nullptr, "", {config});
  MinLstm lstm(nullptr, "", {config});
  CHECK(gate_biases(gru) == std::vector<double>{-3, 0});      // z overwrites; the candidate
  CHECK(gate_biases(lstm) == std::vector<double>{3, -3, 0});  // f/(f + i) = σ(3)
}

TEST_CASE("min_gru and min_lstm have as many parameters as in the paper") {
  // A layer without an MLP: norm, gates, down; then the final norm.
  MinRnnConfig config;
  config.dim = 32;
  config.layers = 1;
  config.expansion = 2;
  config.mlp = 0;
  CHECK(parameter_count<MinGru>(config) ==
        std::to_string(64 + (32 * 128 + 128) + (64 * 32 + 32) + 64));
  CHECK(parameter_count<MinLstm>(config) ==
        std::to_string(64 + (32 * 192 + 192) + (64 * 32 + 32) + 64));
}

TEST_CASE("min backbones reject invalid options") {
  MinRnnConfig config;
  config.conv = 9;
  CHECK_THROWS_WITH(MinGru(nullptr, "", {config}),
                    "conv must be 0 (none) or span 1 to 8 tokens, got 9");
  config.conv = 0;
  config.expansion = 0;
  CHECK_THROWS_WITH(MinLstm(nullptr, "", {config}),
                    "a min backbone needs dim and expansion ≥ 1, got 128 and 0");
}

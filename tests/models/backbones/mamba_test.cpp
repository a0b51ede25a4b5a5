#include "models/backbones/mamba.h"

#include <cmath>

#include "models/backbones/conformance.h"
#include "models/nn/parameter_block.h"
#include "tests/catch.h"
#include "tests/models/backbones/oracle.h"
#include "tests/models/backbones/warm_steps.h"

using namespace seqrl;

TEST_CASE("mamba conforms") {
  MambaConfig plain, other;
  plain.dim = 8, plain.layers = 2;
  other.dim = 33, other.layers = 1, other.d_state = 5, other.d_conv = 1, other.mlp = 2;
  for (const MambaConfig& config : {plain, other}) {
    CHECK(check_conformance([&] { return std::make_unique<Mamba>(nullptr, "", config); }) ==
          std::vector<std::string>{});
  }
}

TEST_CASE("mamba's outputs, gradients and training match PyTorch") {
  CHECK(compare_with_oracle("mamba", [](const nlohmann::json& json) {
          MambaConfig config;
          config.dim = json["dim"];
          config.layers = json["layers"];
          config.expand = json["expand"];
          config.d_state = json["d_state"];
          config.d_conv = json["d_conv"];
          return std::make_unique<Mamba>(nullptr, "", config);
        }) == "");
}

TEST_CASE("a warm step of mamba does not allocate memory") {
  MambaConfig config;
  config.dim = 20;
  Mamba mamba(nullptr, "", config);
  CHECK(allocations_of_warm_steps(mamba) == 0);
}

TEST_CASE("mamba is initialized with the paper's A and step sizes") {
  MambaConfig config;
  config.dim = 16;
  config.layers = 1;
  Mamba mamba(nullptr, "", config);
  const ParameterBlock block(mamba, DType::f64, 1);
  int seen = 0;
  for (const auto& entry : block.entries()) {
    const auto values = entry.parameter->value().span<double>();
    if (entry.name == "blocks.0.mixer.a_log") {
      ++seen;
      for (std::size_t i = 0; i < values.size(); ++i) {
        REQUIRE(std::exp(values[i]) == Approx(1.0 + static_cast<double>(i % 16)));
      }
    } else if (entry.name == "blocks.0.mixer.dt_proj.bias") {
      ++seen;
      for (const double bias : values) {
        const double step = std::log1p(std::exp(bias));
        REQUIRE(step > 0.000999);
        REQUIRE(step < 0.1001);
      }
    }
  }
  CHECK(seen == 2);
}

TEST_CASE("mamba rejects invalid options") {
  MambaConfig config;
  config.d_conv = 0;
  CHECK_THROWS_WITH(Mamba(nullptr, "", config), "d_conv must span 1 to 8 tokens, got 0");
  config.d_conv = 4;
  config.dt_min = 0.5;
  CHECK_THROWS_WITH(Mamba(nullptr, "", config), "mamba needs 0 < dt_min ≤ dt_max, got 0.5 and 0.1");
}

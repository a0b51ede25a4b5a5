#include "models/backbones/mamba.h"

#include <cmath>

#include "models/backbones/conformance.h"
#include "models/nn/parameter_block.h"
#include "tests/catch.h"
#include "tests/models/backbones/oracle.h"

using namespace seqrl;

TEST_CASE("mamba conforms") {
  for (const MambaConfig& config :
       {MambaConfig{{.dim = 8, .layers = 2}},
        MambaConfig{
            {.dim = 33, .layers = 1}, /*expansion=*/2, /*state=*/5, /*conv=*/1, /*mlp=*/2}}) {
    CHECK(check_conformance([&] { return std::make_unique<Mamba>(nullptr, "", config); }) ==
          std::vector<std::string>{});
  }
}

TEST_CASE("mamba computes and learns what PyTorch does") {
  CHECK(compare_with_oracle("mamba", [](const nlohmann::json& json) {
          return std::make_unique<Mamba>(nullptr, "",
                                         MambaConfig{{.dim = json["dim"], .layers = json["layers"]},
                                                     json["expansion"],
                                                     json["state"],
                                                     json["conv"]});
        }) == "");
}

TEST_CASE("mamba begins with the paper's A and step sizes") {
  Mamba mamba(nullptr, "", MambaConfig{{.dim = 16, .layers = 1}});
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

TEST_CASE("mamba rejects options that cannot be built") {
  CHECK_THROWS_WITH(Mamba(nullptr, "", MambaConfig{{}, 2, 16, 0}),
                    "conv must span 1 to 8 tokens, got 0");
}

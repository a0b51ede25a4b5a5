#include "models/backbones/toy_average.h"

#include "models/backbones/conformance.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("toy_average passes the conformance checks") {
  ToyAverageConfig config;
  config.dim = 8, config.layers = 2;
  CHECK(check_conformance([&] { return std::make_unique<ToyAverage>(nullptr, "", config); }) ==
        std::vector<std::string>{});
}

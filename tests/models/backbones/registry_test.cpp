#include "models/backbones/registry.h"

#include <cmath>

#include "configs/base/error.h"
#include "models/backbones/conformance.h"
#include "models/nn/parameter_block.h"
#include "models/ops/tokens.h"
#include "tests/catch.h"
#include "tests/models/gradient_check.h"

using namespace seqrl;

namespace {

BackboneSection small(const std::string& kind) {
  BackboneSection section;
  section.choose(kind);
  section.shared().dim = 16;
  section.shared().layers = 2;
  return section;
}

}  // namespace

TEST_CASE("every registered backbone keeps the promises of backbone.h") {
  CHECK(backbone_names().size() >= 6);
  for (const std::string& kind : backbone_names()) {
    INFO(kind);
    const auto violated = check_conformance([&] { return make_backbone(nullptr, small(kind)); });
    CHECK(violated == std::vector<std::string>{});
  }
}

TEST_CASE("forward_every gives the outputs of forward, and its gradients") {
  for (const std::string& kind : backbone_names()) {
    INFO(kind);
    const auto backbone = make_backbone(nullptr, small(kind));
    const ParameterBlock block(*backbone, DType::f64, 1);
    const auto run = [&](bool only_some) {
      const Storage storage = block.make_buffer();
      Tape tape;
      tape.begin({.record = true});
      tape.set_parameter_gradients(Tensor(storage.data(), block.flat().shape(), DType::f64));
      const Tensor x = make_input(tape, {2, 9, 16}, draws(2 * 9 * 16, 0));
      const Tensor y =
          only_some ? backbone->forward_every(3, 1, x) : strided_tokens(backbone->forward(x), 3, 1);
      tape.backward(y);
      std::vector<double> all(y.data<double>(), y.data<double>() + y.size());
      const auto* gradients = reinterpret_cast<const double*>(storage.data());
      all.insert(all.end(), gradients, gradients + block.flat().size());
      return all;
    };
    const std::vector<double> some = run(true), all = run(false);
    REQUIRE(some.size() == all.size());
    double largest = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      largest = std::max(largest, std::abs(some[i] - all[i]));
    }
    CHECK(largest < 1e-12);
  }
}

TEST_CASE("an unknown backbone is refused with the nearest name") {
  backbone_names();
  CHECK_THROWS_WITH(BackboneSection().choose("min_gur"), Catch::Contains("min_gru"));
}

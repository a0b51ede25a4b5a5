#include "models/backbones/registry.h"

#include <cmath>
#include <functional>

#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "models/backbones/conformance.h"
#include "models/backbones/min_gru.h"
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

TEST_CASE("every registered backbone conforms") {
  CHECK(backbone_names().size() >= 6);
  for (const std::string& kind : backbone_names()) {
    INFO(kind);
    const auto violated = check_conformance([&] { return make_backbone(nullptr, small(kind)); });
    CHECK(violated == std::vector<std::string>{});
  }
}

TEST_CASE("forward_strided and forward_at give the outputs and gradients of forward") {
  for (const std::string& kind : backbone_names()) {
    INFO(kind);
    const auto backbone = make_backbone(nullptr, small(kind));
    const ParameterBlock block(*backbone, DType::f64, 1);
    using Forward = std::function<Tensor(Tape & tape, const Tensor& x)>;
    const auto run = [&](const Forward& forward) {
      const Storage storage = block.make_buffer();
      Tape tape;
      tape.begin({.record = true});
      tape.set_parameter_gradients(Tensor(storage.data(), block.flat().shape(), DType::f64));
      const Tensor x = make_input(tape, {2, 9, 16}, draws(2 * 9 * 16, 0));
      const Tensor y = forward(tape, x);
      tape.backward(y);
      std::vector<double> all(y.data<double>(), y.data<double>() + y.size());
      const auto* gradients = reinterpret_cast<const double*>(storage.data());
      all.insert(all.end(), gradients, gradients + block.flat().size());
      return all;
    };
    const std::vector<double> all =
        run([&](Tape&, const Tensor& x) { return strided_tokens(backbone->forward(x), 3, 1); });
    const auto check = [&](const std::vector<double>& some) {
      REQUIRE(some.size() == all.size());
      double largest = 0;
      for (std::size_t i = 0; i < all.size(); ++i) {
        largest = std::max(largest, std::abs(some[i] - all[i]));
      }
      CHECK(largest < 1e-12);
    };
    check(run([&](Tape&, const Tensor& x) { return backbone->forward_strided(3, 1, x); }));
    check(run([&](Tape& tape, const Tensor& x) {
      const Tensor rows = tape.constant({6}, DType::i32);
      write<std::int32_t>(std::vector{1, 4, 7, 10, 13, 16}, rows);
      return backbone->forward_at(rows, x);
    }));
  }
}

TEST_CASE("an unknown backbone is rejected with the nearest name") {
  backbone_names();
  CHECK_THROWS_WITH(BackboneSection().choose("min_gur"), Catch::Contains("min_gru"));
}

TEST_CASE("a factory that makes no backbone is an error") {
  static bool makes = true;  // other tests make every registered backbone
  register_backbone_factory("sometimes", [](Module* parent, const BackboneSection& section) {
    return makes ? std::make_unique<MinGru>(parent, "backbone", section.as<MinGruConfig>())
                 : nullptr;
  });
  register_kind<BackboneConfig, MinGruConfig>("sometimes", "a min_gru, or nothing");
  makes = false;
  CHECK_THROWS_WITH(make_backbone(nullptr, small("sometimes")),
                    Catch::Contains("the factory of backbone 'sometimes' returned nothing"));
  makes = true;
}

TEST_CASE("match_parameters chooses a dim that is valid for the other options") {
  struct Config {
    BackboneSection backbone;
    void fields(Fields& field) { field("backbone", backbone, "the backbone"); }
  };
  backbone_names();
  const auto matched = [](const std::string& options) {
    auto config = read_config_text<Config>(
        "backbone: {kind: transformer, match_parameters: 600000, " + options + "}", "x.yaml");
    match_parameters(config.backbone);
    return config.backbone;
  };
  const std::int64_t plain = matched("heads: 1").shared().dim;
  for (const int heads : {2, 4, 8}) {
    CHECK(matched(fmt::format("heads: {}, positions: rotary", heads)).shared().dim == plain);
  }
  CHECK(matched("heads: 16").shared().dim == plain);
  for (const int heads : {3, 6, 32}) {
    INFO(heads);
    const BackboneSection section = matched(fmt::format("heads: {}", heads));
    const std::int64_t dim = section.shared().dim, step = heads == 32 ? 32 : 48;
    CHECK(dim % step == 0);
    CHECK(std::abs(dim - plain) < step);
    CHECK(section.shared().match_parameters == 600000);
  }
  CHECK(matched("heads: 16, positions: rotary").shared().dim % 32 == 0);
  CHECK_THROWS_WITH(matched("heads: 50000"), Catch::Contains("no multiple of 16 up to 16384"));
  CHECK_THROWS_WITH(read_config_text<Config>("backbone: {kind: transformer, heads: 6}", "x.yaml"),
                    Catch::Contains("heads") && Catch::Contains("divide dim"));
}

// Costs: the tests check what is measured, but not how long it took.
#include <filesystem>

#include "configs/base/error.h"
#include "models/backbones/registry.h"
#include "models/core/tape.h"
#include "models/nn/parameter_block.h"
#include "tests/catch.h"
#include "tests/tools/program/program.h"
#include "tools/costs/costs.h"
#include "tools/costs/stepwise_cell.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

CostConfig quick(std::vector<std::string> backbones) {
  CostConfig config;
  config.backbones = std::move(backbones);
  config.dim = 8;
  config.lengths = {4, 8};
  config.batches = {4};
  config.seconds = 1e-3;
  config.threads = 1;
  return config;
}

double at(const Figure& figure, const std::string& label, double x) {
  for (const Curve& curve : figure.curves) {
    for (const CurvePoint& p : curve.points) {
      if (curve.label == label && p.x == x) return p.mean;
    }
  }
  FAIL(label << " has nothing at " << x);
  return 0;
}

}  // namespace

TEST_CASE("training_cost: memory grows with the sequence, a speed-up is a ratio of times") {
  const auto figures = training_cost(quick({"min_gru", "lstm_stepwise"}), nullptr);
  REQUIRE(figures.size() == 3);
  CHECK(training_cost(quick({"gru"}), nullptr).size() == 2);  // no reference to compare with
  const auto &time = figures[0], &speedup = figures[1], &memory = figures[2];
  CHECK(at(memory, "min_gru", 8) > at(memory, "min_gru", 4));
  CHECK(at(speedup, "lstm_stepwise", 8) == 1);
  CHECK(at(speedup, "min_gru", 8) == Approx(at(time, "lstm_stepwise", 8) / at(time, "min_gru", 8)));
}

TEST_CASE("context_cost and decoding_cost measure every backbone at every point") {
  const auto names = backbone_names();
  for (const Figure& figure : context_cost(quick(names), nullptr)) {
    for (const std::string& name : names) CHECK(at(figure, name, 8) > 0);
  }
  CostConfig config = quick(names);
  config.lengths = {8};
  config.batches = {1, 4};
  const auto figures = decoding_cost(config, nullptr);
  REQUIRE(figures.size() == 2);
  for (const std::string& name : names) {
    CHECK(at(figures[0], name, 4) == Approx(4e6 / at(figures[1], name, 4)));
  }
}

TEST_CASE("a curve ends after a point that exceeds the patience, and when the run is stopped") {
  CostConfig config = quick({"gru"});
  config.patience = 1e-9;
  CHECK(training_cost(config, nullptr)[0].curves.at(0).points.size() == 1);
  CHECK(training_cost(quick({"gru"}), [] { return true; })[0].curves.at(0).points.empty());
}

TEST_CASE("the paper's times on a GPU are shown at the paper's batch size only") {
  CostConfig config = quick({"min_gru", "gru"});
  config.batches = {64};
  const auto figures = training_cost(config, nullptr);
  REQUIRE(figures[0].curves.size() == 3);
  CHECK(figures[0].curves[2].color_of == 0u);
  CHECK(at(figures[0], "the paper's min_gru (T4, quoted)", 512) == 2.72);
  config.batches = {2};
  CHECK(training_cost(config, nullptr)[0].curves.size() == 2);
}

TEST_CASE("invalid settings of a figure are rejected") {
  CHECK_THROWS_WITH(training_cost(quick({"min_gur"}), nullptr), Contains("min_gru"));
  CHECK_THROWS_WITH(context_cost(quick({"gru_stepwise"}), nullptr), Contains("training only"));
  CostConfig config = quick({"gru"});
  config.batches = {1, 2};
  CHECK_THROWS_AS(training_cost(config, nullptr), Error);
  CHECK_THROWS_AS(decoding_cost(quick({"gru"}), nullptr), Error);
  config = quick({"transformer"});
  config.lengths = {8};
  config.window = 9;
  CHECK_THROWS_WITH(decoding_cost(config, nullptr), Contains("a window of 9"));
  config.window = 8;
  CHECK_NOTHROW(decoding_cost(config, nullptr));
}

TEST_CASE("stepping a cell carries its state") {
  for (const auto kind : {StepwiseCell::Kind::gru, StepwiseCell::Kind::lstm}) {
    StepwiseCell cell(kind, 4, 1);
    ParameterBlock block(cell, DType::f32, 1);
    const auto last_output = [&](float first_input) {
      Tape tape;
      tape.begin({});
      std::vector<Tensor> tokens;
      for (int t = 0; t < 3; ++t) {
        tokens.push_back(tape.constant({1, 4}, DType::f32));
        for (int i = 0; i < 4; ++i) tokens.back().data<float>()[i] = float(i) * 0.5f - 1;
      }
      tokens[0].data<float>()[2] = first_input;
      cell.forward(tokens);
      return tokens[2].data<float>()[0];
    };
    CHECK(last_output(0.0f) == last_output(0.0f));
    CHECK(last_output(0.0f) != last_output(3.0f));
  }
}

TEST_CASE("seqrl figure writes tables and, if gnuplot is installed, plots") {
  const Workspace folder;
  const Ran ran = seqrl_in(
      folder, "figure decoding_cost backbones=[min_gru] dim=8 batches=[1,2] seconds=0.001");
  CHECK_THAT(ran.out, Contains("| batch | min_gru |"));
  CHECK(std::filesystem::exists(folder / "figures/decoding-latency.csv"));
  CHECK(std::filesystem::exists(folder / "figures/decoding-latency.svg") == (ran.status == 0));
  const auto rejected = [&](const std::string& settings, const std::string& because) {
    const Ran refused = seqrl_in(folder, "figure " + settings);
    CHECK(refused.status == 2);
    CHECK_THAT(refused.err, Contains(because));
  };
  rejected("decoding", "decoding_cost");
  rejected("decoding_cost batches=[0]", "batches");
  rejected("context_cost lengths=[9223372036854775807]", "lengths");
  rejected("training_cost backbones=[min_gru,grru]", "min_gru");
}

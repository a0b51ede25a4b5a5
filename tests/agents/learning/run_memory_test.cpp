#include "agents/learning/run_memory.h"

#include "agents/learning/learner_kind.h"
#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "models/nn/parameter_block.h"
#include "models/nn/perceptron.h"
#include "tests/catch.h"

using namespace seqrl;
using Catch::Contains;

TEST_CASE("the estimated number of a perceptron's parameters is exact") {
  for (const std::int64_t layers : {1, 2, 5}) {
    Perceptron network(nullptr, "", {.in = 11, .dim = 24, .layers = layers, .out = 3});
    const ParameterBlock block(network, DType::f32, 1);
    const double estimate = perceptron_parameters(11, 24, static_cast<double>(layers), 3);
    CHECK(estimate == static_cast<double>(block.count()));
  }
}

TEST_CASE("a run's sizes follow from its shards and its environment") {
  const auto config = read_config_text<RunConfig>(
      "{env: hopper, training: {shards: 8, threads: 3, context: 20}}", "test");
  const RunSizes size(config, 20);
  CHECK(size.shards == 8);
  CHECK(size.rows == 3);  // 20 over 8, rounded up
  CHECK(size.lanes == 3);
  CHECK(size.context == 20);
  CHECK(size.observation == 11);
  CHECK(size.action == 3);
  CHECK(size.longest == 1000);
  CHECK(RunSizes(config, 2).shards == 2);
}

TEST_CASE("a run that needs too much memory is rejected with the keys of its largest part") {
  const auto config =
      read_config_text<RunConfig>("{env: hopper, device: cpu, output: runs/none}", "test");
  const MemoryKeys keys{"its network's keys", "its step's keys"};
  constexpr double kHuge = 1e18;
  const auto rejected = [&](const RunMemory& memory, const std::string& by) {
    CHECK_THROWS_WITH(require_memory(config, memory, keys), Contains(by));
  };
  rejected({.weights = kHuge}, "its network's keys or training.shards");
  rejected({.activations = kHuge}, "its step's keys, its network's keys");
  rejected({.evaluation = kHuge}, "evaluation.episodes");
  rejected({.replay = kHuge}, "lower training.steps");
  CHECK_NOTHROW(require_memory(config, RunMemory{.weights = 1000}, keys));
}

TEST_CASE("larger batches, contexts and networks raise the memory estimate") {
  const auto total = [](const std::string& settings) {
    auto config = read_config_text<RunConfig>("{env: hopper, " + settings + "}", "test");
    config.resolve();
    return learner_kind(config).memory(config).total();
  };
  for (const std::string agent : {"decision_transformer", "behavior_cloning"}) {
    const std::string kind = "agent: " + agent;
    const double usual = total(kind + ", training: {threads: 2}");
    CHECK(usual > 0);
    CHECK(total(kind + ", training: {threads: 2, batch: 256}") > usual);
    CHECK(total(kind + ", training: {threads: 2, context: 80}") > usual);
  }
  CHECK(total("agent: {kind: sac, dim: 512}") > total("agent: sac"));
}

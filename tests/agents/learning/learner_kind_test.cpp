#include "agents/learning/learner_kind.h"

#include <nlohmann/json.hpp>

#include "agents/offline/offline_learner_kind.h"
#include "configs/schema/config.h"
#include "tests/catch.h"

using namespace seqrl;
using Catch::Contains;

namespace {

RunConfig config_of(const std::string& text) {
  auto config = read_config_text<RunConfig>(text, "test");
  config.resolve();
  return config;
}

class TestLearning : public OfflineLearnerKind {
 public:
  RunMemory memory(const RunConfig&) const override { return {}; }
  MemoryKeys memory_keys() const override { return {"agent.size", "training.batch"}; }
};

}  // namespace

TEST_CASE("a learner kind warns if warm-up never ends and suggests a lower learning rate") {
  const RunConfig config = config_of("{env: hopper, training: {steps: 100, warmup: 100}}");
  const LearnerKind& kind = learner_kind(config);
  CHECK_THAT(kind.caution(config).value(), Contains("training.warmup=10"));
  RunConfig longer = config;
  longer.training.steps = 101;
  CHECK(!kind.caution(longer));
  longer.training.lr = 0.5;
  longer.training.clip = 0;
  CHECK_THAT(kind.remedy(longer), Contains("training.lr=0.05") && Contains("training.clip=0.25"));
}

TEST_CASE("evaluations are ranked by target and mode only if the agent reads sequences") {
  const auto protocol = [](const std::string& text) {
    const RunConfig config = config_of(text);
    return learner_kind(config).ranking_protocol(config);
  };
  const auto transformer =
      protocol("{env: hopper, evaluation: {episodes: 7, seed: 3, targets: [5, 6], mode: stream}}");
  CHECK(transformer.dump() == R"({"episodes":7,"seed":3,"target":5.0,"mode":"stream"})");
  CHECK(protocol("{env: hopper, agent: behavior_cloning, evaluation: {episodes: 7, seed: 3}}")
            .dump() == R"({"episodes":7,"seed":3})");
  CHECK(protocol("{dataset: {path: logs.hdf5}}").empty());  // selects by held-out loss
}

TEST_CASE("a kind without a learner is rejected by name; a second learner is ignored") {
  register_agent<AgentConfig>("learner_kind_test", "a test's", {});
  const RunConfig config = config_of("{env: hopper, agent: learner_kind_test}");
  CHECK_THROWS_WITH(learner_kind(config), Contains("cannot train learner_kind_test"));
  add_learner_kind("learner_kind_test", std::make_unique<TestLearning>());
  const LearnerKind& kind = learner_kind(config);
  add_learner_kind("learner_kind_test", std::make_unique<TestLearning>());
  CHECK(&learner_kind(config) == &kind);
  CHECK(kind.memory_keys().network == "agent.size");
  CHECK(kind.idle_steps(config) == 0);
}

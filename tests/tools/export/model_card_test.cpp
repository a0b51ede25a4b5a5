#include "tools/export/model_card.h"

#include "agents/config/agent_kind.h"
#include "tests/catch.h"
#include "tools/export/onnx_policy.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

// An agent without a description of its kind that writes no step.
class PlainAgent : public Agent {
 public:
  using Agent::Agent;
  std::unique_ptr<Policy> make_policy(ActMode, const PackedWeights&) const override {
    return nullptr;
  }

 private:
  Parameter weight_{this, "weight", {2, 2}, init::zeros(), Decay::no};
};

TrainedAgent trained_agent(const std::string& kind) {
  RunConfig config;
  register_agent<AgentConfig>(
      "card_test", "a test's",
      {.make = [](const RunConfig&, const AgentSpec& spec) -> std::unique_ptr<Agent> {
        return std::make_unique<PlainAgent>(spec);
      }});
  config.agent.choose(kind);
  return make_trained_agent(config, AgentSpec{.observation_dim = 2,
                                              .action_dim = 1,
                                              .observation_mean = {0, 0},
                                              .observation_std = {1, 1}});
}

std::string card_of(const TrainedAgent& agent, const RunProgress& run,
                    std::optional<std::vector<std::string>> inputs = {}) {
  return to_markdown({.name = "it", .agent = agent, .run = run, .onnx = std::move(inputs)});
}

const RunProgress kMeasured = [] {
  RunProgress run;
  run.step = 5;
  run.last_evaluation = R"({"step": 5, "validation_loss": 0.25})";
  return run;
}();

}  // namespace

TEST_CASE("an agent kind without export support gets a generic card and no ONNX step") {
  const TrainedAgent agent = trained_agent("card_test");
  CHECK(!to_onnx(agent));
  const std::string card = card_of(agent, kMeasured);
  CHECK_THAT(card, Contains("- \"card_test\"\n") &&
                       Contains("4 parameters.\n\n`card_test`: a test's.") &&
                       Contains("The loss is measured on held-out episodes.\n") &&
                       Contains("| last | 5 | 0.25 |"));
  CHECK_THAT(card, !Contains("squared error") && !Contains("onnx"));
}

TEST_CASE("a card describes the kind of agent and its loss") {
  const TrainedAgent agent = trained_agent("behavior_cloning");
  const std::string card = card_of(agent, kMeasured);
  CHECK_THAT(card,
             Contains("\n\nBehaviour cloning: ") &&
                 Contains("held-out episodes: the mean squared error of the actions, scaled"));
  CHECK_THAT(card_of(trained_agent("decision_transformer"), {}), Contains("arXiv 2106.01345"));
  CHECK_THAT(card_of(trained_agent("sac"), {}), !Contains("offline-reinforcement-learning"));
}

TEST_CASE("a card lists the inputs of step.onnx that the agent uses") {
  const TrainedAgent cloning = trained_agent("behavior_cloning");
  const auto step = to_onnx(cloning);
  REQUIRE(step);
  CHECK(step->inputs.empty());
  CHECK_THAT(card_of(cloning, {}, step->inputs),
             Contains("`action` (float32) out.\n") && !Contains("Further inputs"));
  CHECK_THAT(card_of(cloning, {}, {{"`a`"}}), Contains(" Further inputs: `a`.\n"));
  const auto transformer = to_onnx(trained_agent("decision_transformer"));
  REQUIRE(transformer);
  CHECK_THAT(card_of(cloning, {}, transformer->inputs),
             Contains(" Further inputs: `return_to_go` (float64, the target minus the rewards so "
                      "far), `previous_action`, `timestep` (int64, 0 at the start of an episode) "
                      "and the `state.…`, which are the `next.state.…` of the previous step.\n"));
}

#include "agents/policies/step_graph.h"

#include "agents/policies/stochastic_policy.h"
#include "tests/agents/small_agent.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

// Each value is a text that shows how it is computed.
class TextGraph : public StepGraph {
 public:
  explicit TextGraph(bool has_backbone = true) : has_backbone_(has_backbone) {}

  Value observation(Scale scale) override {
    return scale == Scale::normalized ? "normalized" : "observation";
  }
  Value return_to_go(double scale) override { return fmt::format("return/{}", scale); }
  Value previous_action() override { return "previous"; }
  Value timestep() override { return "t"; }
  Value timestep_before() override { return "t-1"; }
  Value linear(const Value& x, const Linear& layer) override {
    const char* activation = layer.activation() == Activation::relu   ? "relu "
                             : layer.activation() == Activation::tanh ? "tanh "
                                                                      : "";
    return fmt::format("{}W{}({})", activation, layer.out(), x);
  }
  Value layer_norm(const Value& x, const LayerNorm&) override { return "norm(" + x + ")"; }
  Value embedding(const Parameter& table, const Value& index) override {
    return table.name() + "[" + index + "]";
  }
  Value add(const Value& a, const Value& b) override { return a + " + " + b; }
  Value tanh(const Value& x) override { return "tanh(" + x + ")"; }
  Value first(const Value& x, std::int64_t count) override {
    return fmt::format("{} of {}", count, x);
  }
  bool has_backbone() const override { return has_backbone_; }
  Value backbone(const Value& token) override {
    advance_backbone(token);
    return "backbone";
  }
  void advance_backbone(const Value& token) override { lines.push_back(token); }
  void restart_backbone() override { lines.emplace_back("restart"); }
  void action(const Value& x) override { lines.push_back("action " + x); }

  std::vector<std::string> lines;

 private:
  bool has_backbone_;
};

using Lines = std::vector<std::string>;

// An agent of another kind, which writes nothing.
class SilentAgent : public Agent {
 public:
  using Agent::Agent;
  std::unique_ptr<Policy> make_policy(ActMode, const PackedWeights&) const override {
    return nullptr;
  }
};

}  // namespace

TEST_CASE("a perceptron's step applies its layers to the normalised observation") {
  TextGraph graph;
  REQUIRE(SmallAgent("hopper", "behavior_cloning").agent->write_step(graph));
  CHECK(graph.lines == Lines{"action tanh W3(relu W256(relu W256(normalized)))"});
}

TEST_CASE("SAC's step is the tanh of the first half of the outputs, from raw observations") {
  RunConfig config;
  config.agent.choose("sac");
  const AgentSpec spec{
      .observation_dim = 2, .action_dim = 3, .observation_mean = {0, 0}, .observation_std = {1, 1}};
  TextGraph graph;
  REQUIRE(make_agent(config, spec)->write_step(graph));
  CHECK(graph.lines == Lines{"action tanh(3 of W6(relu W256(relu W256(observation))))"});
}

TEST_CASE("a Decision Transformer's step has three tokens, the first of the previous timestep") {
  TextGraph graph;
  const SmallAgent small("hopper");
  REQUIRE(small.agent->write_step(graph));
  CHECK(graph.lines == Lines{"norm(W16(previous) + embed_timestep[t-1])", "restart",
                             "norm(W16(return/1000) + embed_timestep[t])",
                             "norm(W16(normalized) + embed_timestep[t])",
                             "action tanh W3(backbone)"});
  TextGraph without(false);
  CHECK(!small.agent->write_step(without));
}

TEST_CASE("an agent may have no step graph and no sampling policy") {
  const SilentAgent agent(AgentSpec{
      .observation_dim = 1, .action_dim = 1, .observation_mean = {0}, .observation_std = {1}});
  TextGraph graph;
  CHECK(!agent.write_step(graph));
  CHECK(graph.lines.empty());
  const SmallAgent small("hopper");
  CHECK(small.agent->make_sampling_policy(*small.weights, 1, 0) == nullptr);
}

#include "agents/config/agent_kind.h"

#include "agents/config/run_config.h"
#include "agents/policies/agent.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("the agent table keeps the first entry added under a name") {
  add_agent_kind("agent_kind_test", {.keeps_transitions = true, .description = "the first"});
  const AgentKind& entry = agent_kind("agent_kind_test");
  add_agent_kind("agent_kind_test", {.description = "the second"});
  for (int i = 0; i < 100; ++i) add_agent_kind("agent_kind_test_" + std::to_string(i), {});
  CHECK(&agent_kind("agent_kind_test") == &entry);
  CHECK(entry.description == "the first");
  CHECK(entry.keeps_transitions);
}

TEST_CASE("an unregistered agent kind learns from data and has no description") {
  const AgentKind& unknown = agent_kind("agent_kind_test_unknown");
  CHECK(unknown.learns_from_data);
  CHECK(!unknown.reads_sequences);
  CHECK(!unknown.keeps_transitions);
  CHECK(unknown.description.empty());
  CHECK(unknown.loss.empty());
  CHECK(unknown.published.empty());
  CHECK(!unknown.make);
}

TEST_CASE("every built-in agent has a factory and a description") {
  const RunConfig config;  // registers the agents
  const std::vector<std::string> ours = {"decision_transformer", "behavior_cloning", "sac"};
  for (const std::string& name : ours) {
    INFO(name);
    CHECK(config.agent.table().find(name) != nullptr);
    const AgentKind& kind = agent_kind(name);
    CHECK(kind.make);
    CHECK(kind.description.ends_with("."));
    CHECK(kind.loss.empty() == !kind.learns_from_data);
    CHECK(kind.keeps_transitions == !kind.learns_from_data);
    // Agents with a backbone have scores by backbone.
    for (const PublishedScore& score : kind.published) {
      CHECK(score.backbone.empty() == !kind.reads_sequences);
      CHECK(!score.source.empty());
    }
  }
  CHECK(agent_kind("decision_transformer").published.size() == 7 * 9);
}

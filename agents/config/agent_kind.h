// The table of agents: one entry for each kind, with everything that the rest of seqrl needs to
// know about it.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "configs/schema/kinds.h"

namespace seqrl {

class Agent;
struct AgentSpec;
struct RunConfig;

// The options that all kinds of agents share.
struct AgentConfig {
  void fields(Fields&) {}
};

// The widest and deepest perceptron that options may request.
constexpr double kWidestLayer = 1 << 16, kMostLayers = 1024;

// A score that a paper reports for an agent, printed next to ours.
struct PublishedScore {
  std::string backbone;  // "" for an agent without one
  std::string dataset;   // a D4RL dataset by its plain name: "hopper-medium"
  double score;          // on D4RL's scale: 0 is a random policy, 100 an expert
  std::string what;      // "last", "best", or "" if the source does not say
  std::string source;
  char mark;      // for the source, in tables
  bool verified;  // read in the source; otherwise quoted from memory
};

// An entry of the table.
struct AgentKind {
  // Predicts actions from sequences of timesteps, with a backbone that names it in folders and
  // tables.
  bool reads_sequences = false;
  // Learns from a dataset; otherwise by acting in an environment.
  bool learns_from_data = true;
  // Also supports choices as actions; otherwise only boxes.
  bool chooses = false;
  // Its runs keep their transitions (RunFiles::replay()), from which `seqrl collect` makes a
  // dataset.
  bool keeps_transitions = false;
  // For model cards, in Markdown: sentences that describe it; "" = use its line of help.
  std::string description = {};
  // Likewise, its loss on held-out episodes: "the mean squared error of the actions".
  std::string loss = {};
  std::vector<PublishedScore> published = {};
  // Creates the agent that a config describes. Its parameters have no values yet.
  std::function<std::unique_ptr<Agent>(const RunConfig&, const AgentSpec&)> make;
};

// Adds an entry; an existing one of this name stays.
void add_agent_kind(const std::string& name, AgentKind kind);

// The entry of a name. A name known only to a plug-in has the entry AgentKind{}.
const AgentKind& agent_kind(const std::string& name);

// If the agent of this name acts only in boxes, throws an Error of kind user that names the agents
// that support choices. `subject` says whose actions are choices: "the actions of CartPole-v1 are
// one of 2 choices".
void require_chooses(const std::string& name, const std::string& subject);

// Makes `name` a kind of config section `agent` with these options; `help` is one line. Calling it
// again with the same options is harmless.
template <std::derived_from<AgentConfig> Options>
void register_agent(const std::string& name, const std::string& help, AgentKind kind) {
  register_kind<AgentConfig, Options>(name, help);
  add_agent_kind(name, std::move(kind));
}

// Registers the agents of this library. They are listed above this component, in
// agents/registry.cpp.
void register_builtin_agents();

}  // namespace seqrl

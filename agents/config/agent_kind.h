// The table of agents: an entry for each kind, with what the rest of seqrl needs of it.
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

// The widest and deepest perceptron that options may ask for.
constexpr double kWidestLayer = 1 << 16, kMostLayers = 1024;

// A score that a paper reports for an agent, to print beside ours.
struct PublishedScore {
  std::string backbone;  // "" of an agent that has none
  std::string dataset;   // one of D4RL's by its plain name: "hopper-medium"
  double score;          // D4RL's: 0 is a random policy, 100 an expert
  std::string what;      // "last", "best", or "" where the source does not say
  std::string source;
  char mark;      // of the source, in tables
  bool verified;  // read in the source; otherwise quoted from memory
};

// An entry of the table.
struct AgentKind {
  // It predicts actions from sequences of timesteps, with a backbone that folders and tables name
  // it by.
  bool reads_sequences = false;
  // It learns from a dataset; otherwise from acting in an environment.
  bool learns_from_data = true;
  // It acts where actions are choices, too; otherwise in boxes only.
  bool chooses = false;
  // Its runs keep their transitions (RunFiles::replay()), which `seqrl collect` makes a dataset of.
  bool keeps_transitions = false;
  // For model cards, in Markdown: sentences on what it is; "" = its line of help stands there.
  std::string description = {};
  // And what its loss on held-out episodes is: "the mean squared error of the actions".
  std::string loss = {};
  std::vector<PublishedScore> published = {};
  // Makes the agent that a config describes. Its parameters have no values yet.
  std::function<std::unique_ptr<Agent>(const RunConfig&, const AgentSpec&)> make;
};

// Adds an entry; one of this name stays.
void add_agent_kind(const std::string& name, AgentKind kind);

// The entry of a name. That of a name which only a plug-in knows is AgentKind{}.
const AgentKind& agent_kind(const std::string& name);

// An Error of kind user that names those which do, where an agent of this name acts in boxes only;
// `subject`, whose actions are choices: "the actions of CartPole-v1 are one of 2 choices".
void require_chooses(const std::string& name, const std::string& subject);

// Makes `name` a kind of config section `agent` with these options; `help` is one line. Calling it
// again with the same options is harmless.
template <std::derived_from<AgentConfig> Options>
void register_agent(const std::string& name, const std::string& help, AgentKind kind) {
  register_kind<AgentConfig, Options>(name, help);
  add_agent_kind(name, std::move(kind));
}

// Registers the agents of this library. The list of them is above this room, in
// agents/registry.cpp.
void register_builtin_agents();

}  // namespace seqrl

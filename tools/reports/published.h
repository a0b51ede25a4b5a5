// Published scores: results that papers report for a learner on a task, to print next to ours. The
// texts live as long as the program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl::tools {

struct Published {
  std::string_view measure;  // "score" (D4RL's), "accuracy" (0 … 1), "loss" (nats)
  double value;
  std::string_view what;  // "last", "best", or "" if the source does not say
  std::string_view source;
  char mark;      // of the source, in tables
  bool verified;  // read in the source; otherwise quoted from memory
  std::optional<std::int64_t> step = std::nullopt;  // at which it was reached
};

// A run's information on the data it learned from; parts may be missing.
struct DataFacts {
  std::string env;         // the kind of environment that it was trained and scored in
  std::string layout;      // "D4RL v2"
  std::string stated_env;  // the environment that the data names; D4RL's own names none
  std::string id = {};     // Minari's identifier
  std::optional<std::int64_t> transitions = std::nullopt;
  std::optional<double> return_mean = std::nullopt;
};

// "hopper_medium-v2" → "hopper-medium". The papers' numbers are for version 2; another version
// number stays in the name.
std::string plain_dataset_name(std::string_view dataset);

// The papers' results of this measure for a backbone on a task. A measure with slashes is
// identified by its last word. `answers` is the number of answers in the run's evaluation. The
// result is empty if that is unknown, or shows that the data is not the papers' data.
std::vector<Published> published_for_task(std::string_view task, std::string_view backbone,
                                          std::string_view measure,
                                          std::optional<std::int64_t> answers);

// The results of this measure in the entry of a kind of agent (AgentKind::published). The backbone
// is ignored if the agent reads no sequences. A dataset is written as "hopper-medium" or
// "hopper_medium-v2". D4RL's files are recognised by name, size, environment and mean return. The
// result is empty if the facts do not give the size, or if one of the others does not match.
std::vector<Published> published_for_agent(const std::string& agent, std::string_view backbone,
                                           std::string_view dataset, std::string_view measure,
                                           const DataFacts& facts);

}  // namespace seqrl::tools

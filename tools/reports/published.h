// Published scores: what papers report for a learner on a task, to print beside ours. Their texts
// last as long as the program.
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
  std::string_view what;  // "last", "best", or "" where the source doesn't say
  std::string_view source;
  char mark;      // of the source, in tables
  bool verified;  // read in the source; otherwise quoted from memory
  std::optional<std::int64_t> step = std::nullopt;  // at which it was reached
};

// What a run knows of the data it learned from; parts may be missing.
struct DataFacts {
  std::string env;         // the kind of environment that it was trained and scored in
  std::string layout;      // "D4RL v2"
  std::string stated_env;  // the environment that the data names; D4RL's own names none
  std::string id = {};     // Minari's identifier
  std::optional<std::int64_t> transitions = std::nullopt;
  std::optional<double> return_mean = std::nullopt;
};

// "hopper_medium-v2" → "hopper-medium". Papers' numbers are of version 2: another keeps its own.
std::string plain_dataset_name(std::string_view dataset);

// What papers report of this measure for a backbone on a task. A measure with slashes is known by
// its last word. `answers` is what the run was judged by: where that is unknown, or says that this
// is not the data which the papers used, there is nothing to report.
std::vector<Published> published_for_task(std::string_view task, std::string_view backbone,
                                          std::string_view measure,
                                          std::optional<std::int64_t> answers);

// What the entry of a kind of agent (AgentKind::published) holds of this measure; the backbone is
// ignored where the agent reads no sequences. A dataset is written as "hopper-medium" or
// "hopper_medium-v2". D4RL's files are told by name, size, environment and mean return: where the
// facts do not give the size, or one of the others is another's, there is nothing to report.
std::vector<Published> published_for_agent(const std::string& agent, std::string_view backbone,
                                           std::string_view dataset, std::string_view measure,
                                           const DataFacts& facts);

}  // namespace seqrl::tools

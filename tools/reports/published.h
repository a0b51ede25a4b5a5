// Published scores: what papers report for a learner on a task, to print beside ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl::tools {

struct Published {
  std::string_view task;     // D4RL's dataset, such as "hopper-medium", or our name of a task
  std::string_view learner;  // our name for it: "min_gru"
  std::string_view measure;  // "score" (D4RL's), "accuracy" (0 … 1), "loss" (nats)
  double value;
  std::string_view what;  // "last", "best", or "" where the source doesn't say
  std::string_view source;
  char mark;      // of the source, in tables
  bool verified;  // read in the source; otherwise quoted from memory
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

// What papers report of this measure for a learner on a task; `task` may also be a dataset written
// as "hopper_medium-v2". A measure with slashes is known by its last word. `size` is what the run
// knows of its data: a dataset's transitions, or the answers that a task is judged by. Where that
// is unknown, or says that this is not the data which the papers used, there is nothing to report;
// so it is where the facts do: D4RL's files are told by name, environment, size and mean return.
std::vector<Published> published_numbers(std::string_view task, std::string_view learner,
                                         std::string_view measure, std::optional<std::int64_t> size,
                                         const DataFacts& facts = {});

}  // namespace seqrl::tools

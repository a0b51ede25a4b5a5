// A collector of datasets: it plays episodes of a policy, or replays those of a run's replay
// buffer, and writes them to a file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "configs/base/progress_monitor.h"
#include "envs/env_config.h"
#include "models/training/communicator.h"

namespace seqrl {

// The settings of `seqrl collect`.
struct CollectConfig : EnvConfig {
  CollectConfig();  // registers the built-in kinds

  std::string policy, checkpoint, replay;
  std::vector<double> targets;
  std::optional<std::int64_t> transitions;
  std::string output, format = "d4rl";
  bool overwrite = false, deterministic = false;
  std::uint64_t seed = 0;
  int threads = 0;
  void fields(Fields& field);
};

// A summary of what was written.
struct Collected {
  std::int64_t episodes = 0, transitions = 0;
  std::int64_t cut = 0;                    // episodes without an end
  double return_mean = 0, return_std = 0;  // over the episodes that ended, if any did
};

// Plays episodes 0, 1, 2, … of a policy (BehaviorPolicy) until there are enough transitions, or
// replays a run's transitions in the environment, and writes them to config.output (write_d4rl,
// write_minari). The last episode is cut when the dataset is full. medium-expert is half of each,
// medium first.
//
// An existing output is an Error of kind user, unless it is to be overwritten.
//
// The arrays are a function of the config and the policy, not of threads or ranks, each of which
// plays some of the episodes. Rank 0 writes the output, completely or not at all. If the monitor of
// a rank stops it, nothing is written: an Error of kind failure. The return value is valid on rank
// 0.
Collected collect(const CollectConfig& config, const ProgressMonitor& monitor = {},
                  Communicator& ranks = single_process());

}  // namespace seqrl

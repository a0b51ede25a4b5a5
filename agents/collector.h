// Making datasets: playing a policy and writing down what happened, as D4RL does.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "agents/config.h"
#include "configs/base/thread_pool.h"

namespace seqrl {

// The settings of `seqrl collect`.
struct CollectConfig {
  CollectConfig();  // registers the built-in kinds

  KindSection<EnvConfig> env;
  std::string policy = "random";
  std::int64_t transitions = 100000;
  std::string output;
  std::uint64_t seed = 0;
  int threads = 0;
  void fields(Fields& field);
};

struct Collected {
  std::int64_t episodes = 0, transitions = 0;
  double return_mean = 0;  // of the episodes that ended
};

// Plays episodes 0, 1, 2, … until there are enough transitions and writes them to config.output in
// the D4RL v2 layout: observations, next_observations, actions, rewards, terminals, timeouts,
// infos/{qpos, qvel, action_log_probs}, metadata. The last episode is cut where the file is full.
// The file's arrays are a function of the config, not of threads; it appears whole or not at all.
// Nothing is written when `stop` says so.
Collected collect(const CollectConfig& config, const std::function<bool()>& stop = nullptr);

}  // namespace seqrl

// A check of a dataset against its environment, by simulating it again.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "configs/base/progress_monitor.h"
#include "configs/base/thread_pool.h"
#include "envs/checks/recording.h"

namespace seqrl {

// Replays every episode of a D4RL v2 file, from its initial `infos/qpos` and `infos/qvel`, with the
// recorded actions, and compares observations, rewards and terminals as float32, the file's
// precision. The environment is the one that the file names, or that of `env_config` (an EnvConfig
// in YAML), after `settings` as on the command line. Plugins that the file names are not loaded: a
// dataset is not trusted to run code. A file without states, or of an unknown environment, is an
// Error of kind user.
CheckResult check_dataset(const std::filesystem::path& file, ThreadPool& pool,
                          const std::optional<std::string>& env_config = std::nullopt,
                          const std::vector<std::string>& settings = {},
                          const ProgressMonitor& monitor = {});

}  // namespace seqrl

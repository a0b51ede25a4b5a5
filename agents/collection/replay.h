// A run's replay buffer as a dataset.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "agents/collection/record.h"
#include "configs/base/progress_monitor.h"
#include "configs/base/thread_pool.h"
#include "envs/env_options.h"

namespace seqrl {

struct Replay {
  std::string agent;  // the kind that acted: "sac"
  Record record;
};

// The first `transitions` rows, or all, that the last checkpoint of a run counts, for a run that
// keeps its transitions (AgentKind::keeps_transitions). Each is simulated again in `env` to recover
// what the buffer does not store (qpos, qvel). `env` must be the run's except for the location of
// its model, and every observation, reward and end must be reproduced exactly; an Error of kind
// user otherwise, for example if the run used another version of MuJoCo. An Error of kind failure
// when the monitor stops it.
Replay replay_run(const std::filesystem::path& run, const EnvSection& env,
                  std::optional<std::int64_t> transitions, ThreadPool& pool,
                  const ProgressMonitor& monitor = {});

}  // namespace seqrl

// Whether a dataset is what its environment does.
#pragma once

#include <filesystem>
#include <optional>

#include "configs/base/thread_pool.h"
#include "envs/config.h"
#include "envs/recording.h"

namespace seqrl {

// Plays every episode of a D4RL v2 file again, from `infos/qpos` and `infos/qvel` where it begins,
// with the recorded actions, and compares observations, rewards and terminals as float32, which is
// how the file keeps them. The environment is the one that the file names, unless another is given.
// A file without states, or of an environment that we do not have, is an Error of kind user.
CheckResult check_dataset(const std::filesystem::path& file, ThreadPool& pool,
                          const std::optional<EnvSection>& env = std::nullopt);

}  // namespace seqrl

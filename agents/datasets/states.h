// The simulator's states that D4RL's v2 files store next to their transitions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "agents/datasets/buffer.h"

namespace seqrl {

// The simulator's states before each transition, row-major: `infos/qpos` [N, nq] and `infos/qvel`
// [N, nv].
struct RecordedStates {
  std::int64_t rows = 0, position_dim = 0, velocity_dim = 0;
  Buffer<double> qpos, qvel;
  std::string mujoco_version;  // "" if the file does not say
  std::string env_config;      // an EnvConfig in YAML; "" if a name is enough
};

// Errors of kind `user` name the file and the array, also if there is none.
RecordedStates load_states(const std::filesystem::path& d4rl_file);

}  // namespace seqrl

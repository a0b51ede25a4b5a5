// D4RL's HDF5 files: flat arrays, one row per transition. Source: Fu et al., arXiv 2004.07219.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "agents/datasets/shared_memory.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// Reads `observations` [N, d], `actions` [N, a], `rewards`, `terminals` and, if present, `timeouts`
// [N] or [N, 1], of any numeric type; the flags also under other names (see d4rl_flags.h). With
// `timeouts` the layout is v2, without it v0. The environment is the one in `metadata/env`, or the
// one with which the file's name begins (see data_env.h). Rows of zeros at the end that no flag
// ends are omitted. Errors of kind `user` name the file and the array.
Trajectories load_d4rl(const std::filesystem::path& path, const LoadOptions& options = {});
// The same with arrays in this memory; NoSpace if its disk is full.
Trajectories load_d4rl(const std::filesystem::path& path, const LoadOptions& options,
                       SharedMemory& memory);

// The data in a D4RL file that determines where episodes end. `timeouts` and `next_observations`
// may be empty.
struct EndEvidence {
  std::span<const std::uint8_t> terminals = {};  // [N]
  std::span<const std::uint8_t> timeouts = {};   // [N]
  std::span<const float> observations = {};      // [N, observation_dim]
  std::span<const float> next_observations = {};
  std::int64_t observation_dim = 1;
  std::int64_t max_episode_steps = 1000;
};

// Splits N transitions into episodes. An episode ends
// - at every terminal: terminated (also where timeouts is set too);
// - with `timeouts`: at every timeout;
// - without, but with `next_observations`: where next_observations[i] differs from
//   observations[i + 1], because the environment was reset in between: timeout;
// - with neither: after max_episode_steps: timeout.
// What remains after the last end is cut, unless it is max_episode_steps long (and the file has no
// `timeouts`): timeout.
std::vector<Episode> split_episodes(const EndEvidence& evidence);

// The file's statements about its environment, and the observation size; `layout` is "D4RL". Errors
// of kind `user`.
DatasetHeader read_d4rl_header(const std::filesystem::path& path);

}  // namespace seqrl

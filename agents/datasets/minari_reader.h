// The reader of the episodes of a Minari dataset in HDF5: one group each.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/datasets/flat_space.h"
#include "agents/datasets/isolate.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// The description of an episode's arrays in metadata.json.
struct MinariSpaces {
  FlatSpace observations, actions;
};

// Reads all episodes, in the order of their numbers, into `memory`; runs in the child process.
// Returns the sizes `observation_dim`, `action_dim` and `early_terminations`, and the places of
// `observations`, `actions`, `rewards`, `next_observations` if requested, `lengths` (int64) and
// `ends` (EndKind, uint8) of the episodes. Errors of kind `user` name file and array.
nlohmann::json read_minari_episodes(const std::filesystem::path& file, const MinariSpaces& spaces,
                                    const LoadOptions& options, SharedMemory& memory);

}  // namespace seqrl

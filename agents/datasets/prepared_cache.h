// The folder of prepared files: a second start maps what the first has read and checked.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agents/datasets/shared_memory.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// Files of at least this size, in bytes, are prepared if LoadOptions::cache is "auto".
constexpr std::uint64_t kLeastPrepared = 64'000'000;

// The folder for a value of `cache` (LoadOptions): for "auto" $SEQRL_CACHE, or
// $XDG_CACHE_HOME/seqrl, or ~/.cache/seqrl; nothing for "off", or without a home directory.
std::optional<std::filesystem::path> prepared_folder(const std::string& cache);

// Returns the dataset in `files`, the first of which holds its numbers: the prepared one if
// options.cache has one for the same files (paths, sizes, modification times) and options,
// otherwise the one that `load` reads into the given memory. That memory is then a prepared file,
// if the folder can hold one, and is published when complete; several processes may do so at once.
// A prepared file that is damaged or stale is not used. Messages for the user become notes of the
// dataset.
Trajectories load_prepared(const std::vector<std::filesystem::path>& files,
                           const LoadOptions& options,
                           const std::function<Trajectories(SharedMemory&)>& load);

// A prepared file of a dataset.
struct PreparedCopy {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::string problem;  // the reason why it is not used, phrased to follow its name; "" for none
};

// The copies of these files in the user's folder, for any options.
std::vector<PreparedCopy> prepared_copies(const std::vector<std::filesystem::path>& files);

}  // namespace seqrl

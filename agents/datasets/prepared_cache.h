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

// Files from this size on, in bytes, are prepared where LoadOptions::cache is "auto".
constexpr std::uint64_t kLeastPrepared = 64'000'000;

// The folder that `cache` (LoadOptions) means: for "auto" $SEQRL_CACHE, or $XDG_CACHE_HOME/seqrl,
// or ~/.cache/seqrl; nothing for "off", or where there is no home.
std::optional<std::filesystem::path> prepared_folder(const std::string& cache);

// Gives the dataset that lies in `files`, the first of which holds its numbers: the prepared one
// where options.cache has one of the same files (paths, sizes, times of change) and options,
// otherwise what `load` reads into the memory that it is given. That memory is then a prepared
// file, if the folder can hold one, and is published when it is whole: processes may do so at once.
// A prepared file that is damaged or stale is not used. What the user should know of it is a note
// of the dataset.
Trajectories load_prepared(const std::vector<std::filesystem::path>& files,
                           const LoadOptions& options,
                           const std::function<Trajectories(SharedMemory&)>& load);

// A prepared file of a dataset.
struct PreparedCopy {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
  std::string problem;  // why it is not used, in words that go on its name; "" for nothing
};

// Those of these files, whatever the options were, in the user's folder.
std::vector<PreparedCopy> prepared_copies(const std::vector<std::filesystem::path>& files);

}  // namespace seqrl

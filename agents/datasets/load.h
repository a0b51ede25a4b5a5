// A loader for datasets of every format, by path or name.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// Loads a D4RL file (HDF5), an OGBench file (.npz), or a Minari dataset given by its folder or
// identifier ("D4RL/door/human-v2"). An Error of kind user if it does not exist or is damaged.
// options.cache says where a prepared copy of it is kept, which the next call maps.
Trajectories load_dataset(const std::string& path, const LoadOptions& options = {});

// The header of the dataset of that path or name, without reading its arrays, which takes
// milliseconds; nothing if there is none. Errors as above.
std::optional<DatasetHeader> read_dataset_header(const std::string& path);

// The files of the dataset of that path or name, the one with its numbers first; none if it does
// not exist, or if another program converts it whenever it is read.
std::vector<std::filesystem::path> dataset_files(const std::string& path);

// Loads several datasets and merges them (see merge.h); `weights` has one value per dataset, or
// none for equal weights. A single one is as load_dataset() returns it.
Trajectories load_datasets(const std::vector<std::string>& paths, std::span<const double> weights,
                           const LoadOptions& options = {}, bool any_env = false);

}  // namespace seqrl

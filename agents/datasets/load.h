// A loader for datasets of every format, by path or name.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// Loads a D4RL file (HDF5), one of OGBench (.npz), or a Minari dataset given by its folder or
// identifier
// ("D4RL/door/human-v2"). An Error of kind user when there is nothing of that name, or it is
// damaged. options.cache says where a prepared copy of it is kept, which the next call maps.
Trajectories load_dataset(const std::string& path, const LoadOptions& options = {});

// What the dataset of that path or name says before its arrays are read, which takes milliseconds;
// nothing where there is none. Errors as above.
std::optional<DatasetHeader> read_dataset_header(const std::string& path);

// The files of the dataset of that path or name, the one with its numbers first; none where it is
// not there, or another program converts it whenever it is read.
std::vector<std::filesystem::path> dataset_files(const std::string& path);

// Loads several, and gives them as one (see merge.h); `weights` as many, or none for all alike. One
// alone is as load_dataset() gives it.
Trajectories load_datasets(const std::vector<std::string>& paths, std::span<const double> weights,
                           const LoadOptions& options = {}, bool any_env = false);

}  // namespace seqrl

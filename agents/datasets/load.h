// A loader for datasets of every format, by path or name.
#pragma once

#include <optional>
#include <string>

#include "agents/datasets/trajectories.h"

namespace seqrl {

// Loads a D4RL file (HDF5), or a Minari dataset given by its folder or identifier
// ("D4RL/door/human-v2"). An Error of kind user when there is nothing of that name, or it is
// damaged.
Trajectories load_dataset(const std::string& path, const LoadOptions& options = {});

// What the dataset of that path or name says before its arrays are read, which takes milliseconds;
// nothing where there is none. Errors as above.
std::optional<DatasetHeader> read_dataset_header(const std::string& path);

}  // namespace seqrl

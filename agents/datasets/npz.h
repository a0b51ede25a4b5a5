// OGBench's .npz files: flat arrays, one row per step. Source: Park et al., arXiv 2410.20092, and
// its code.
#pragma once

#include <filesystem>

#include "agents/datasets/shared_memory.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// Whether a file's name ends in .npz.
bool is_npz(const std::filesystem::path& path);

// Reads `observations` [N, d], `actions` [N, a] and `terminals` [N] of any numeric type; others,
// such as qpos, are not read. In OGBench's files `terminals` marks the last step of each
// fixed-length recording and says nothing about the task: the episodes are timeouts. If there are
// also `timeouts`, both have their meaning in D4RL's files. Without `rewards` [N], because
// OGBench's goals are chosen later, every reward is 0, and a note says so. Errors of kind `user`
// name the file and the array.
Trajectories load_npz(const std::filesystem::path& path, const LoadOptions& options = {});
// The same with arrays in this memory; NoSpace if its disk is full.
Trajectories load_npz(const std::filesystem::path& path, const LoadOptions& options,
                      SharedMemory& memory);

// The information available before its arrays are read: its name. Errors as above.
DatasetHeader read_npz_header(const std::filesystem::path& path);

}  // namespace seqrl

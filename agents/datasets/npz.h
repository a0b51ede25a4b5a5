// OGBench's .npz files: flat arrays, a row per step. Source: Park et al., arXiv 2410.20092, and its
// code.
#pragma once

#include <filesystem>

#include "agents/datasets/shared_memory.h"
#include "agents/datasets/trajectories.h"

namespace seqrl {

// Whether a file is called .npz.
bool is_npz(const std::filesystem::path& path);

// Reads `observations` [N, d], `actions` [N, a] and `terminals` [N] of any type of number; others,
// such as qpos, are not read. In OGBench's files `terminals` marks the last step of each recording,
// after a fixed time, and says nothing of the task: the episodes are timeouts. Where there are
// `timeouts`, too, both mean what they mean in D4RL's files. Without `rewards` [N], as OGBench's
// goals are chosen later, every reward is 0, which a note says. Errors of kind `user` name the file
// and the array.
Trajectories load_npz(const std::filesystem::path& path, const LoadOptions& options = {});
// The same with arrays in this memory; NoSpace where its disk is full.
Trajectories load_npz(const std::filesystem::path& path, const LoadOptions& options,
                      SharedMemory& memory);

// What is known before its arrays are read: its name. Errors as above.
DatasetHeader read_npz_header(const std::filesystem::path& path);

}  // namespace seqrl

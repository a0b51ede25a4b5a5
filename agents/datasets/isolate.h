// A child process for work on untrusted files.
//
// libhdf5 1.10 crashes on some damaged files, and a crash in a library cannot be caught. So a
// forked child with limits on time and memory parses the file. It puts the arrays into memory
// shared with the parent, which keeps them without a copy and survives a crash of the child.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "agents/datasets/shared_memory.h"

namespace seqrl {

// The limits of the child process.
struct IsolationLimits {
  double processor_seconds = 60;
  double seconds = 240;                           // wall-clock time
  std::uint64_t memory = std::uint64_t{1} << 32;  // bytes, beyond this process's mapped memory
  // The same if arrays are in a file on a disk, within the disk's free space.
  std::uint64_t memory_on_disk = std::uint64_t{1} << 32;

  // Limits far above the needs of a valid file of this size: gzip shrinks numbers at most
  // 1032-fold, and reading takes well under a second per megabyte.
  static IsolationLimits for_file(const std::filesystem::path& path);
};

// For work in a child process that opens another file of this size: raises its limits, except the
// wall-clock limit, by the needs of such a file, and records in the memory that it holds data of
// more than one file.
void allow_isolated_file(std::uint64_t bytes);

// How many threads `work` may use in a child process.
int isolated_threads();

// Calls work(memory) in a child process and returns its result. An Error thrown by `work` is
// rethrown here. If the child crashes, hangs or exceeds its limits, throws an Error of kind `user`
// that names `path`; NoSpace as SharedMemory throws it. With SEQRL_HDF5_IN_PROCESS=1 in the
// environment, `work` runs in this process, for debugging.
//
// The child is forked from a process that may have threads. `work` may use the heap and libhdf5
// (its lock is held across the fork) and start threads, but must not use existing locks, CUDA or
// existing thread pools.
nlohmann::json run_isolated(const std::filesystem::path& path, const IsolationLimits& limits,
                            SharedMemory& memory,
                            const std::function<nlohmann::json(SharedMemory&)>& work);

}  // namespace seqrl

// A child process for work on files that are not trusted.
//
// libhdf5 1.10 crashes on some damaged files, and a crash in a library cannot be caught. So a file
// is parsed by a forked child with limits on time and memory; it puts the arrays into memory shared
// with the parent, which keeps them without a copy, and outlives whatever happens to the child.
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
  double seconds = 240;                           // by the clock
  std::uint64_t memory = std::uint64_t{1} << 32;  // bytes, beyond what this process has mapped
  // The same where arrays lie in a file on a disk, within what the disk has left.
  std::uint64_t memory_on_disk = std::uint64_t{1} << 32;

  // What a healthy file of this size stays far below: gzip shrinks numbers at most 1032-fold, and
  // reading takes well under a second for a megabyte.
  static IsolationLimits for_file(const std::filesystem::path& path);
};

// For work in a child process, which opens another file of this size: its limits grow by what such
// a file needs, except that by the clock, and the memory notes that it holds more than one file's.
void allow_isolated_file(std::uint64_t bytes);

// How many threads work in a child process may use.
int isolated_threads();

// Calls work(memory) in a child process and returns its result. An Error thrown by `work` is
// rethrown here. When the child crashes, hangs or outgrows its limits, throws an Error of kind
// `user` that blames `path`; NoSpace as SharedMemory throws it. With SEQRL_HDF5_IN_PROCESS=1 in the
// environment, `work` runs in this process, for debuggers.
//
// The child is forked, from a process that may have threads: `work` may use the heap and libhdf5
// (whose lock is held across the fork) and start threads, and must not touch locks, CUDA or
// thread pools made before.
nlohmann::json run_isolated(const std::filesystem::path& path, const IsolationLimits& limits,
                            SharedMemory& memory,
                            const std::function<nlohmann::json(SharedMemory&)>& work);

}  // namespace seqrl

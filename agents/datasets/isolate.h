// A child process for work on files that are not trusted.
//
// libhdf5 1.10 crashes on some damaged files, and a crash in a library cannot be caught. So a file
// is parsed by a forked child with limits on time and memory; it puts the arrays into memory shared
// with the parent, which keeps them without a copy, and outlives whatever happens to the child.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "agents/datasets/buffer.h"

namespace seqrl {

// Memory that a child process fills and its parent keeps: a growing anonymous file.
class SharedMemory {
 public:
  // An array within it, for the process that allocated it; `place` tells another where it lies.
  template <typename T>
  struct Array {
    std::span<T> values;
    nlohmann::json place;
  };

  SharedMemory();
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // A zeroed array; std::bad_alloc when memory is short. Stays mapped until the end.
  template <typename T>
  Array<T> allocate(std::uint64_t size) {
    const std::uint64_t offset = end_;
    T* memory = static_cast<T*>(grow(size * sizeof(T)));
    return {{memory, static_cast<std::size_t>(size)}, {{"offset", offset}, {"size", size}}};
  }

  // Hands an array over: its pages are given back when the buffer goes. Internal error when the
  // array lies outside the memory. Take an array once. No place: an empty buffer.
  template <typename T>
  Buffer<T> take(const nlohmann::json& place) const {
    if (place.is_null()) return {};
    const auto size = place.at("size").get<std::uint64_t>();
    return Buffer<T>(map(place.at("offset").get<std::uint64_t>(), size, sizeof(T)),
                     static_cast<std::size_t>(size));
  }

 private:
  void* grow(std::uint64_t bytes);
  std::shared_ptr<void> map(std::uint64_t offset, std::uint64_t size, std::size_t width) const;

  int file_ = -1;
  std::uint64_t end_ = 0;  // in bytes, a whole number of pages
};

// The limits of the child process.
struct IsolationLimits {
  double processor_seconds = 60;
  double seconds = 240;                           // by the clock
  std::uint64_t memory = std::uint64_t{1} << 32;  // bytes, beyond what this process has mapped

  // What a healthy file of this size stays far below: gzip shrinks numbers at most 1032-fold, and
  // reading takes well under a second for a megabyte.
  static IsolationLimits for_file(const std::filesystem::path& path);
};

// For work in a child process, which opens another file of this size: its limits grow by what such
// a file needs, except that by the clock.
void allow_isolated_file(std::uint64_t bytes);

// How many threads work in a child process may use.
int isolated_threads();

// Calls work(memory) in a child process and returns its result. An Error thrown by `work` is
// rethrown here. When the child crashes, hangs or outgrows its limits, throws an Error of kind
// `user` that blames `path`. With SEQRL_HDF5_IN_PROCESS=1 in the environment, `work` runs in this
// process, for debuggers.
//
// The child is forked, from a process that may have threads: `work` may use the heap and libhdf5
// (whose lock is held across the fork) and start threads, and must not touch locks, CUDA or
// thread pools made before.
nlohmann::json run_isolated(const std::filesystem::path& path, const IsolationLimits& limits,
                            SharedMemory& memory,
                            const std::function<nlohmann::json(SharedMemory&)>& work);

}  // namespace seqrl

// Memory shared by processes: an anonymous file, or one in a folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

#include "agents/datasets/buffer.h"

namespace seqrl {

// The file that holds the memory cannot grow: its disk is full, or access is denied.
class NoSpace : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Memory that a child process fills and its parent keeps: a growing file with arrays that begin at
// whole pages.
class SharedMemory {
 public:
  // An array within it, for the process that allocated it; `place` is its location for other
  // processes.
  template <typename T>
  struct Array {
    std::span<T> values;
    nlohmann::json place;
  };

  SharedMemory();  // an anonymous file: it takes memory, and ends with the process
  // An open, empty file on a disk, which may hold more than memory does. Its first page is left for
  // a header. NoSpace as below. The caller closes the file.
  explicit SharedMemory(int file);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  // A zeroed array; std::bad_alloc when memory is short, NoSpace when the file's disk is: its space
  // is reserved immediately, so that no later write to it fails. It stays mapped until the end.
  template <typename T>
  Array<T> allocate(std::uint64_t size) {
    const std::uint64_t offset = end();
    T* memory = static_cast<T*>(grow(size * sizeof(T)));
    return {{memory, static_cast<std::size_t>(size)}, {{"offset", offset}, {"size", size}}};
  }

  // Transfers ownership of an array: its pages are freed with the buffer, unless keep() was called.
  // Internal error if the array lies outside the memory. Take an array only once. No place: an
  // empty buffer.
  template <typename T>
  Buffer<T> take(const nlohmann::json& place) {
    if (place.is_null()) return {};
    const auto size = place.at("size").get<std::uint64_t>();
    return Buffer<T>(map(place.at("offset").get<std::uint64_t>(), size, sizeof(T)),
                     static_cast<std::size_t>(size));
  }

  // A zeroed array of this process; errors as for allocate().
  template <typename T>
  Buffer<T> make(std::uint64_t size) {
    const std::uint64_t offset = end();
    reserve(size * sizeof(T));
    return take<T>({{"offset", offset}, {"size", size}});
  }

  // The file offset of an array that was taken or made; nothing for any other.
  std::optional<std::uint64_t> offset_of(const void* array) const;

  // From now on the arrays stay in the file when their buffers are destroyed.
  void keep() { *keeps_ = true; }

  // Whether the data comes from more files than the given one.
  bool has_other_files() const { return has_other_files_; }
  void note_other_files() { has_other_files_ = true; }

  bool is_on_disk() const { return on_disk_; }
  // The free bytes on the file's disk; 0 for an anonymous file.
  std::uint64_t room() const;
  std::uint64_t end() const;  // in bytes, a whole number of pages

 private:
  struct Taken {
    const void* memory;
    std::uint64_t offset;
  };
  std::uint64_t reserve(std::uint64_t bytes);  // at the end; returns the whole pages reserved
  void* grow(std::uint64_t bytes);
  std::shared_ptr<void> map(std::uint64_t offset, std::uint64_t size, std::size_t width);

  int file_ = -1;
  bool on_disk_ = false, has_other_files_ = false;
  std::shared_ptr<bool> keeps_ = std::make_shared<bool>(false);
  std::vector<Taken> taken_;
};

// The size of a page of memory, in bytes.
std::uint64_t page_size();

}  // namespace seqrl

// An HDF5 file open for reading: its numbers, of any type and layout, converted to the requested
// type.
//
// Every defect of a file is an Error of kind `user` that names the file, the array and the reason.
// libhdf5 itself can crash on damaged files: read those through run_isolated (isolate.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace seqrl {

class ThreadPool;
struct Hdf5Object;

// Names are paths within the file: "observations", "episode_3/rewards".
class Hdf5File {
 public:
  // Error if the file does not exist, cannot be read, is not HDF5 or is truncated.
  explicit Hdf5File(std::filesystem::path path);
  ~Hdf5File();
  Hdf5File(const Hdf5File&) = delete;
  Hdf5File& operator=(const Hdf5File&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Whether there is an array of this name. Error if the name belongs to something else, or is a
  // broken link.
  bool has_array(const std::string& name) const;
  bool has_group(const std::string& name) const;

  // The names in a group, in lexical order; "/" is the file itself.
  std::vector<std::string> members(const std::string& group) const;

  // The shape of an array of numbers. Error if there is none of this name (the nearest is
  // suggested), if it does not hold numbers, or if data is missing that libhdf5 would fill in (see
  // hdf5_storage.h).
  std::vector<std::int64_t> shape(const std::string& name) const;

  // Whether an array of numbers, or of booleans, can be read under this name.
  bool holds_numbers(const std::string& name) const;
  bool holds_booleans(const std::string& name) const;

  // Reads a whole array, row by row, into as many values (floats of any width, integers, booleans).
  // A finite float64 that exceeds float32's range is an Error. Chunks are decompressed on the
  // threads of `pool`, or on the calling thread without one.
  void read(const std::string& name, std::span<float> values, ThreadPool* pool = nullptr) const;
  void read(const std::string& name, std::span<double> values, ThreadPool* pool = nullptr) const;

  // Reads flags: booleans, or numbers that are all 0 or 1; an Error names the first that is
  // neither.
  void read_flags(const std::string& name, std::span<std::uint8_t> values,
                  ThreadPool* pool = nullptr) const;

  // A string, or nothing if there is none of this name or it is not a string.
  std::optional<std::string> text(const std::string& name) const;

  // An integer attribute of an array or group, or nothing if there is none.
  std::optional<std::int64_t> integer_attribute(const std::string& object,
                                                const std::string& attribute) const;

 private:
  template <typename T>
  void read_numbers(const std::string& name, std::span<T> values, ThreadPool* pool) const;
  void require_float32(const std::string& name, std::span<const float> values,
                       ThreadPool* pool) const;
  void require_array(const std::string& name, const Hdf5Object& object) const;

  std::filesystem::path path_;
  std::int64_t file_ = -1;
};

}  // namespace seqrl

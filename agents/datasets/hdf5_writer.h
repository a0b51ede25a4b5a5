// A writer of HDF5 files in h5py's style: compressed arrays, booleans as enumerations, groups.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace seqrl {

struct ArrayOptions {
  int gzip = 4;                          // 0 (none) … 9; ignored for arrays without elements
  bool shuffle = false;                  // group bytes by significance before compression
  std::vector<std::int64_t> chunk = {};  // chunk shape; empty: whole rows, about 64 KiB
};

// Writes a new file. It is built in memory and written by close(), completely or not at all: if the
// disk is full, libhdf5 1.10 keeps files that crash the program at exit. Names are paths; their
// groups are created as needed. Errors (kind `failure`) name the file, the array and the reason.
class Hdf5Writer {
 public:
  explicit Hdf5Writer(std::filesystem::path path);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  // Row-major values; their number is the product of the shape.
  using Dims = std::vector<std::int64_t>;
  void add(const std::string& name, const Dims& shape, std::span<const float> values,
           const ArrayOptions& options = {});
  void add(const std::string& name, const Dims& shape, std::span<const double> values,
           const ArrayOptions& options = {});
  void add(const std::string& name, const Dims& shape, std::span<const std::int64_t> values,
           const ArrayOptions& options = {});
  void add(const std::string& name, const Dims& shape, std::span<const std::uint8_t> values,
           const ArrayOptions& options = {});
  // Booleans, 0 or 1: an enumeration of one byte, as h5py writes numpy's bool.
  void add_flags(const std::string& name, const Dims& shape, std::span<const std::uint8_t> values,
                 const ArrayOptions& options = {});
  void add_text(const std::string& name, const std::string& text);
  void add_group(const std::string& name);
  // An integer attribute of an array or group that exists.
  void set_attribute(const std::string& object, const std::string& name, std::int64_t value);

  // Writes the file, replacing an existing one. Without it, nothing is written.
  void close();

 private:
  void add_typed(const std::string& name, const Dims& shape, std::int64_t type, const void* values,
                 std::size_t count, const ArrayOptions& options);
  [[noreturn]] void fail_on(const std::string& name) const;

  std::filesystem::path path_;
  std::int64_t file_ = -1;
};

}  // namespace seqrl

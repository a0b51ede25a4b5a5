// An .npz file open for reading: a zip of arrays in NumPy's format, stored or deflated.
// Source: PKWARE's APPNOTE.TXT 6.3 for zip.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "agents/datasets/npy_header.h"

namespace seqrl {

// Errors of kind `user` name the file, the array and the reason. Stated sizes are not trusted, but
// memory is allocated for them: read untrusted files through run_isolated (isolate.h).
class NpzFile {
 public:
  // Error if the file does not exist, is not a zip, or is truncated.
  explicit NpzFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  bool has(const std::string& name) const { return entries_.contains(name); }
  std::vector<std::string> names() const;

  // Error if there is none of this name, or it does not hold numbers.
  std::vector<std::int64_t> shape(const std::string& name);

  // Reads a whole array into as many values. A finite float64 that exceeds float32's range is an
  // Error.
  void read(const std::string& name, std::span<float> values);
  // The same for booleans, or for numbers that are all 0 or 1.
  void read_flags(const std::string& name, std::span<std::uint8_t> values);

 private:
  struct Entry {
    std::uint64_t method = 0, packed = 0, size = 0, header = 0;
    std::uint32_t crc = 0;
  };
  struct Array {
    NpyHeader header;
    std::string bytes;
  };
  void read_directory();
  void add_entry(std::string_view& directory);
  std::string bytes_at(std::uint64_t offset, std::uint64_t size);
  std::string contents(const std::string& name, std::uint64_t most);
  Array array(const std::string& name);
  std::string where(const std::string& name) const;

  std::filesystem::path path_;
  std::ifstream file_;
  std::uint64_t size_ = 0;
  std::map<std::string, Entry> entries_;  // by the array's name, without .npy
};

}  // namespace seqrl

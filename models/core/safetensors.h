// The safetensors format (github.com/huggingface/safetensors): named tensors and a string map in a
// file that Python also opens. Eight bytes of little-endian header length, a JSON header, the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "models/core/shape.h"

namespace seqrl {

// The format's element types, under the format's names.
enum class StoredType { BOOL, U8, I8, U16, I16, F16, BF16, U32, I32, F32, U64, I64, F64 };

std::size_t stored_bytes(StoredType type);      // of one element
std::string_view stored_name(StoredType type);  // "F32"

// The StoredType that holds a T: float is F32, std::int64_t is I64, …
template <typename T>
constexpr StoredType stored_type() {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    return StoredType::U8;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return StoredType::I8;
  else if constexpr (std::is_same_v<T, std::uint16_t>)
    return StoredType::U16;
  else if constexpr (std::is_same_v<T, std::int16_t>)
    return StoredType::I16;
  else if constexpr (std::is_same_v<T, std::uint32_t>)
    return StoredType::U32;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return StoredType::I32;
  else if constexpr (std::is_same_v<T, std::uint64_t>)
    return StoredType::U64;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return StoredType::I64;
  else if constexpr (std::is_same_v<T, double>)
    return StoredType::F64;
  else {
    static_assert(std::is_same_v<T, float>, "safetensors has no such element type");
    return StoredType::F32;
  }
}

// The size in bytes of a row-major tensor with these dims (none negative); nullopt on overflow.
std::optional<std::uint64_t> stored_size(StoredType type, std::span<const std::int64_t> dims);

using StoredMetadata = std::map<std::string, std::string>;

// A tensor to be written to a file: `bytes` is row-major and owned by the caller.
struct TensorToStore {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<std::int64_t> dims;
  std::span<const std::byte> bytes;
};

template <typename T>
TensorToStore to_store(std::string name, const Shape& shape, std::span<const T> values) {
  std::vector<std::int64_t> dims;
  for (int axis = 0; axis < shape.rank(); ++axis) dims.push_back(shape[axis]);
  return {std::move(name), stored_type<T>(), std::move(dims), std::as_bytes(values)};
}

// Writes the whole file or nothing, directly from the callers' memory. The data is ordered by
// element size, largest first, so that every tensor is aligned, and otherwise in the given order.
// The metadata gets one more entry, "checksum": 16 hexadecimal digits, a hash of all contents.
// Throws Error `failure` when the file cannot be written (a full disk), Error `user` when a name or
// a metadata string is not UTF-8. Duplicate names and sizes that do not match the dims are internal
// errors. `check` is called when the new file is on the disk but not yet renamed: if it throws, the
// old file stays.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorToStore> tensors,
                       const StoredMetadata& metadata, const std::function<void()>& check = {});

// A tensor as a file's header describes it.
struct StoredTensor {
  std::string name;
  StoredType type = StoredType::F32;
  std::vector<std::int64_t> dims;
  std::uint64_t offset = 0;  // of the first byte, from the start of the file
  std::uint64_t bytes = 0;
};

struct SafetensorsHeader {
  std::vector<StoredTensor> tensors;  // in the order of their data, which they cover without a gap
  StoredMetadata metadata;
};

// Parses a header and checks everything that can be wrong in it. `json` is the header without its
// length, `data_bytes` the number of bytes after it in the file. Throws Error `user` that begins
// with `file` and says what is wrong.
SafetensorsHeader parse_safetensors_header(std::string_view json, std::uint64_t data_bytes,
                                           std::string_view file);

// A file: the constructor reads and checks the header; the data is read on demand. If the file has
// a checksum, the whole file is verified first; files of other programs have none. A file that is
// damaged, or that is truncated while it is open, is an Error `user` that names it; a failure to
// read is an Error `failure`.
class SafetensorsReader {
 public:
  explicit SafetensorsReader(const std::filesystem::path& path);
  // A file's content in memory, which must outlive the reader; messages use `name`.
  SafetensorsReader(std::string name, std::string_view content);
  SafetensorsReader(const SafetensorsReader&) = delete;
  SafetensorsReader& operator=(const SafetensorsReader&) = delete;
  ~SafetensorsReader();

  const std::vector<StoredTensor>& tensors() const { return header_.tensors; }
  const StoredMetadata& metadata() const { return header_.metadata; }
  bool contains(std::string_view name) const { return find(name) != nullptr; }

  // The tensor, or metadata, of that name; otherwise an Error `user` suggests the nearest name.
  const StoredTensor& at(std::string_view name) const;
  const std::string& metadata_at(std::string_view name) const;

  // Fills `values` (shape.size() elements) from the tensor, which must have this type and shape.
  template <typename T>
  void read(std::string_view name, const Shape& shape, std::span<T> values) const {
    read_bytes(name, stored_type<T>(), shape, std::as_writable_bytes(values));
  }

 private:
  const StoredTensor* find(std::string_view name) const;
  void read_bytes(std::string_view name, StoredType type, const Shape& shape,
                  std::span<std::byte> values) const;
  void read_at(std::uint64_t offset, std::span<std::byte> bytes) const;
  void read_header(std::uint64_t size);
  void verify() const;

  std::string name_;
  int file_ = -1;             // the file descriptor, or, if −1,
  std::string_view content_;  // the content in memory
  SafetensorsHeader header_;
  std::map<std::string, std::size_t, std::less<>> index_;
};

}  // namespace seqrl

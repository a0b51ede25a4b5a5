#include "agents/datasets/hdf5_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <system_error>
#include <type_traits>

#include "agents/datasets/finite.h"
#include "agents/datasets/hdf5_chunks.h"
#include "agents/datasets/hdf5_handle.h"
#include "agents/datasets/hdf5_object.h"
#include "agents/datasets/hdf5_storage.h"
#include "configs/base/error.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

using Kind = Hdf5Object::Kind;

std::string what_is_wrong(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) return "no such file";
  if (std::filesystem::is_directory(status)) return "a directory, not an HDF5 file";
  if (std::filesystem::file_size(path, error) == 0 && !error) return "the file is empty";
  const std::string reason = hdf5_reason();
  if (reason == "file signature not found") return "not an HDF5 file";
  if (reason.starts_with("truncated file")) return "the file is cut short; fetch it again";
  return reason;
}

// Names of a group; called with the lock held.
std::vector<std::string> list(hid_t file, const std::string& group) {
  std::vector<std::string> names;
  const Hdf5Handle handle(H5Gopen2(file, group.c_str(), H5P_DEFAULT), H5Gclose);
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  };
  if (handle.valid()) {
    H5Literate(handle, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names);
  }
  return names;
}

// An array open for reading, its shape, and its defect, if any.
struct OpenArray {
  Hdf5Handle handle, type;
  std::vector<std::int64_t> shape;
  std::uint64_t size = 1;
  std::string problem;

  OpenArray(hid_t file, const std::string& name)
      : handle(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose),
        type(handle.valid() ? H5Dget_type(handle) : -1, H5Tclose) {
    if (!type.valid()) {
      problem = hdf5_reason();
    } else if (!holds_numbers()) {
      problem = "it does not hold numbers";
    } else if (!read_shape()) {
      problem = "its shape cannot be read";
    } else {
      problem = missing_data(handle);
    }
  }

 private:
  bool holds_numbers() const {
    const H5T_class_t kind = H5Tget_class(type);
    return kind == H5T_FLOAT || kind == H5T_INTEGER || number_type(type) == NumberType::uint8;
  }

  bool read_shape() {
    const Hdf5Handle space(H5Dget_space(handle), H5Sclose);
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || H5Sget_simple_extent_type(space) == H5S_NULL) return false;
    std::array<hsize_t, H5S_MAX_RANK> dims{};
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    for (int axis = 0; axis < rank; ++axis) {
      const hsize_t dim = dims[static_cast<std::size_t>(axis)];
      if (dim != 0 && size > (hsize_t{1} << 48) / dim) return false;
      size *= dim;
      shape.push_back(static_cast<std::int64_t>(dim));
    }
    return true;
  }
};

}  // namespace

Hdf5File::Hdf5File(std::filesystem::path path) : path_(std::move(path)) {
  const Hdf5Guard guard;
  file_ = H5Fopen(path_.c_str(), H5F_ACC_RDONLY, hdf5_access());
  if (file_ < 0) reject("cannot read {}: {}", path_.string(), what_is_wrong(path_));
}

Hdf5File::~Hdf5File() {
  const Hdf5Guard guard;
  H5Fclose(file_);
}

bool Hdf5File::has_array(const std::string& name) const {
  const Hdf5Guard guard;
  const Hdf5Object object = look_up(file_, name);
  if (object.kind == Kind::missing) return false;
  require_array(name, object);
  return true;
}

bool Hdf5File::has_group(const std::string& name) const {
  const Hdf5Guard guard;
  return look_up(file_, name).kind == Kind::group;
}

std::vector<std::string> Hdf5File::members(const std::string& group) const {
  const Hdf5Guard guard;
  return list(file_, group);
}

void Hdf5File::require_array(const std::string& name, const Hdf5Object& object) const {
  if (object.kind == Kind::array) return;
  if (object.kind == Kind::broken) {
    reject("'{}' of {} {}", name, path_.string(), object.what);
  }
  const bool is_group = object.kind == Kind::group;
  const std::size_t slash = name.rfind('/');
  const std::string parent = slash == std::string::npos ? "/" : name.substr(0, slash);
  std::vector<std::string> names = list(file_, is_group ? name : parent);
  const std::string near = is_group ? "" : nearest_name(name.substr(slash + 1), names);
  if (names.size() > 12) names.resize(12);
  for (std::string& member : names) member = one_line(member);
  const std::string members = names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
  if (is_group) {
    reject("'{}' of {} is a group, not an array; it holds {}", name, path_.string(), members);
  }
  reject("{} has no array '{}'{}; it holds {}{}", path_.string(), name,
         near.empty() ? "" : fmt::format(" (nearest: '{}')", one_line(near)), members,
         names.empty() ? " there" : "");
}

std::vector<std::int64_t> Hdf5File::shape(const std::string& name) const {
  const Hdf5Guard guard;
  require_array(name, look_up(file_, name));
  const OpenArray array(file_, name);
  if (!array.problem.empty()) {
    reject("cannot read '{}' of {}: {}", name, path_.string(), array.problem);
  }
  return array.shape;
}

bool Hdf5File::holds_numbers(const std::string& name) const {
  const Hdf5Guard guard;
  return look_up(file_, name).kind == Kind::array && OpenArray(file_, name).problem.empty();
}

bool Hdf5File::holds_booleans(const std::string& name) const {
  const Hdf5Guard guard;
  if (look_up(file_, name).kind != Kind::array) return false;
  const OpenArray array(file_, name);
  const H5T_class_t kind = array.type.valid() ? H5Tget_class(array.type) : H5T_NO_CLASS;
  return array.problem.empty() && (kind == H5T_ENUM || kind == H5T_BITFIELD);
}

template <typename T>
void Hdf5File::read_numbers(const std::string& name, std::span<T> values, ThreadPool* pool) const {
  const Hdf5Guard guard;
  require_array(name, look_up(file_, name));
  const OpenArray array(file_, name);
  std::string problem = array.problem;
  if (problem.empty()) SEQRL_CHECK(array.size == values.size());
  if (problem.empty() && !values.empty()) {
    const ChunkLayout layout = chunk_layout(array.handle);
    const H5T_class_t kind = H5Tget_class(array.type);
    if (can_read_chunks(layout)) {
      problem = read_gzip_chunks(array.handle, layout, values, pool);
    } else if (kind == H5T_FLOAT || kind == H5T_INTEGER) {
      const hid_t wanted = std::is_same_v<T, float>    ? H5T_NATIVE_FLOAT
                           : std::is_same_v<T, double> ? H5T_NATIVE_DOUBLE
                                                       : H5T_NATIVE_UINT8;
      const herr_t status =
          H5Dread(array.handle, wanted, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
      if (status < 0) problem = hdf5_reason();
    } else {
      // One-byte booleans: libhdf5 does not convert them, so read the bytes as they are.
      std::vector<std::uint8_t> bytes(values.size());
      const herr_t status =
          H5Dread(array.handle, array.type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data());
      if (status < 0) problem = hdf5_reason();
      std::copy(bytes.begin(), bytes.end(), values.begin());
    }
  }
  if (!problem.empty()) reject("cannot read '{}' of {}: {}", name, path_.string(), problem);
}

void Hdf5File::read(const std::string& name, std::span<float> values, ThreadPool* pool) const {
  read_numbers(name, values, pool);
  if (!all_finite(values)) require_float32(name, values, pool);
}

// A float64 beyond float32's range has become infinite in the conversion; the file itself holds a
// finite number.
void Hdf5File::require_float32(const std::string& name, std::span<const float> values,
                               ThreadPool* pool) const {
  std::vector<double> held(values.size());
  read_numbers(name, std::span<double>(held), pool);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]) || !std::isfinite(held[i])) continue;
    const std::vector<std::int64_t> dims = shape(name);
    const std::size_t columns = dims.size() > 1 ? static_cast<std::size_t>(dims[1]) : 1;
    reject(
        "'{}' of {} holds {} at row {}, column {}, beyond float32 (±3.4e+38), which seqrl computes "
        "in; scale or clip it in the file",
        name, path_.string(), held[i], i / columns, i % columns);
  }
}

void Hdf5File::read(const std::string& name, std::span<double> values, ThreadPool* pool) const {
  read_numbers(name, values, pool);
}

void Hdf5File::read_flags(const std::string& name, std::span<std::uint8_t> values,
                          ThreadPool* pool) const {
  bool one_byte = false;
  {
    const Hdf5Guard guard;
    require_array(name, look_up(file_, name));
    const Hdf5Handle array(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose);
    const Hdf5Handle type(array.valid() ? H5Dget_type(array) : -1, H5Tclose);
    one_byte = type.valid() && number_type(type) == NumberType::uint8;
  }
  const auto check = [&](std::size_t i, double value) {
    SEQRL_REQUIRE(value == 0 || value == 1, "{}: '{}' holds {} at index {}, expected 0 or 1",
                  path_.string(), name, value, i);
  };
  if (one_byte) {
    read_numbers(name, values, pool);
    for (std::size_t i = 0; i < values.size(); ++i) check(i, values[i]);
    return;
  }
  std::vector<double> numbers(values.size());
  read_numbers(name, std::span<double>(numbers), pool);
  for (std::size_t i = 0; i < values.size(); ++i) {
    check(i, numbers[i]);
    values[i] = numbers[i] != 0;
  }
}

std::optional<std::string> Hdf5File::text(const std::string& name) const {
  const Hdf5Guard guard;
  if (look_up(file_, name).kind != Kind::array) return std::nullopt;
  const Hdf5Handle array(H5Dopen2(file_, name.c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle type(H5Dget_type(array), H5Tclose);
  const Hdf5Handle space(H5Dget_space(array), H5Sclose);
  constexpr std::size_t kLongest = 1 << 20;
  if (H5Tget_class(type) != H5T_STRING || H5Sget_simple_extent_npoints(space) != 1) {
    return std::nullopt;
  }
  if (H5Tis_variable_str(type) > 0) {
    char* content = nullptr;
    const Hdf5Handle memory_type(H5Tcopy(type), H5Tclose);
    if (H5Dread(array, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &content) < 0 || !content) {
      return std::nullopt;
    }
    std::string result = content;
    H5free_memory(content);
    return result;
  }
  std::string content(std::min(H5Tget_size(type), kLongest + 1), '\0');
  if (content.size() > kLongest) return std::nullopt;
  if (H5Dread(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, content.data()) < 0) return std::nullopt;
  content.resize(std::min(content.find('\0'), content.size()));
  return content;
}

std::optional<std::int64_t> Hdf5File::integer_attribute(const std::string& object,
                                                        const std::string& attribute) const {
  const Hdf5Guard guard;
  const Hdf5Handle handle(
      H5Aopen_by_name(file_, object.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  if (!handle.valid()) return std::nullopt;
  const Hdf5Handle type(H5Aget_type(handle), H5Tclose);
  const Hdf5Handle space(H5Aget_space(handle), H5Sclose);
  std::int64_t value = 0;
  if (H5Tget_class(type) != H5T_INTEGER || H5Sget_simple_extent_npoints(space) != 1 ||
      H5Aread(handle, H5T_NATIVE_INT64, &value) < 0) {
    return std::nullopt;
  }
  return value;
}

}  // namespace seqrl

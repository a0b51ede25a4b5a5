#include "agents/datasets/hdf5_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <type_traits>

#include "agents/datasets/hdf5_chunks.h"
#include "agents/datasets/hdf5_handle.h"
#include "configs/base/error.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

// Deflate never shrinks anything more than this.
constexpr std::uint64_t kMostCompression = 1032;

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

bool is_object(hid_t file, const std::string& name, H5I_type_t kind) {
  if (name != "/") {
    // H5Lexists wants every group on the way to exist.
    for (std::size_t slash = name.find('/', 1);; slash = name.find('/', slash + 1)) {
      if (H5Lexists(file, name.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
      if (slash == std::string::npos) break;
    }
  }
  const Hdf5Handle object(H5Oopen(file, name.c_str(), H5P_DEFAULT), H5Oclose);
  return object.valid() && H5Iget_type(object) == kind;
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

// An array open for reading, its shape, and what is wrong with it, if anything.
struct OpenArray {
  Hdf5Handle handle, type;
  std::vector<std::int64_t> shape;
  std::uint64_t size = 1;
  std::string problem;

  OpenArray(hid_t file, const std::string& name, std::uint64_t file_bytes)
      : handle(H5Dopen2(file, name.c_str(), H5P_DEFAULT), H5Dclose),
        type(handle.valid() ? H5Dget_type(handle) : -1, H5Tclose) {
    if (!type.valid()) {
      problem = hdf5_reason();
    } else if (!holds_numbers()) {
      problem = "it does not hold numbers";
    } else if (!read_shape()) {
      problem = "its shape cannot be read";
    } else {
      check_storage(file_bytes);
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

  // A damaged or unfinished file can declare more numbers than it holds; libhdf5 reads zeros then.
  void check_storage(std::uint64_t file_bytes) {
    const std::uint64_t stored = H5Dget_storage_size(handle);
    const std::uint64_t wanted = size * H5Tget_size(type);
    const Hdf5Handle creation(H5Dget_create_plist(handle), H5Pclose);
    const H5D_layout_t layout = H5Pget_layout(creation);
    if (stored > file_bytes || (layout == H5D_CHUNKED && stored < wanted / kMostCompression / 2) ||
        (layout == H5D_CONTIGUOUS && stored < wanted && H5Pget_external_count(creation) == 0)) {
      problem =
          fmt::format("it declares {} values and the file holds {} bytes of them", size, stored);
    } else if (layout == H5D_CHUNKED) {
      problem = missing_filter(creation);
      if (problem.empty()) problem = missing_chunk(handle, chunk_layout(handle));
    }
  }

  static std::string missing_filter(hid_t creation) {
    for (int i = 0; i < H5Pget_nfilters(creation); ++i) {
      unsigned flags = 0;
      std::size_t count = 0;
      std::array<char, 64> name{};
      const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &count,
                                                 nullptr, name.size(), name.data(), nullptr);
      if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
      name.back() = '\0';
      return fmt::format(
          "it is compressed with '{}', which libhdf5 lacks here; repack it: h5repack -f GZIP=4 OLD "
          "NEW",
          name.data());
    }
    return "";
  }
};

}  // namespace

Hdf5File::Hdf5File(std::filesystem::path path) : path_(std::move(path)) {
  const Hdf5Guard guard;
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 10, 7)
  H5Pset_file_locking(access, false, true);  // network disks often cannot, and we only read
#endif
  file_ = H5Fopen(path_.c_str(), H5F_ACC_RDONLY, access);
  if (file_ < 0) reject("cannot read {}: {}", path_.string(), what_is_wrong(path_));
  hsize_t bytes = 0;
  H5Fget_filesize(file_, &bytes);
  bytes_ = bytes;
}

Hdf5File::~Hdf5File() {
  const Hdf5Guard guard;
  H5Fclose(file_);
}

bool Hdf5File::has_array(const std::string& name) const {
  const Hdf5Guard guard;
  return is_object(file_, name, H5I_DATASET);
}

bool Hdf5File::has_group(const std::string& name) const {
  const Hdf5Guard guard;
  return is_object(file_, name, H5I_GROUP);
}

std::vector<std::string> Hdf5File::members(const std::string& group) const {
  const Hdf5Guard guard;
  return list(file_, group);
}

void Hdf5File::reject_missing(const std::string& name) const {
  const std::size_t slash = name.rfind('/');
  const std::string group = slash == std::string::npos ? "/" : name.substr(0, slash);
  std::vector<std::string> names = list(file_, group);
  std::string nearest = nearest_name(name.substr(slash + 1), names);
  if (!nearest.empty()) nearest = fmt::format(" (nearest: '{}')", nearest);
  if (names.size() > 12) names.resize(12);
  reject("{} has no array '{}'{}; it holds {}", path_.string(), name, nearest,
         names.empty() ? "nothing there" : fmt::format("{}", fmt::join(names, ", ")));
}

std::vector<std::int64_t> Hdf5File::shape(const std::string& name) const {
  const Hdf5Guard guard;
  if (!is_object(file_, name, H5I_DATASET)) reject_missing(name);
  const OpenArray array(file_, name, bytes_);
  if (!array.problem.empty()) {
    reject("cannot read '{}' of {}: {}", name, path_.string(), array.problem);
  }
  return array.shape;
}

template <typename T>
void Hdf5File::read_numbers(const std::string& name, std::span<T> values, ThreadPool* pool) const {
  const Hdf5Guard guard;
  if (!is_object(file_, name, H5I_DATASET)) reject_missing(name);
  const OpenArray array(file_, name, bytes_);
  std::string problem = array.problem;
  if (problem.empty()) SEQRL_CHECK(array.size == values.size());
  if (problem.empty() && !values.empty()) {
    const ChunkLayout layout = chunk_layout(array.handle);
    const H5T_class_t kind = H5Tget_class(array.type);
    if (can_read_chunks(layout)) {
      problem = read_gzip_chunks(array.handle, layout, bytes_, values, pool);
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
}

void Hdf5File::read(const std::string& name, std::span<double> values, ThreadPool* pool) const {
  read_numbers(name, values, pool);
}

void Hdf5File::read_flags(const std::string& name, std::span<std::uint8_t> values,
                          ThreadPool* pool) const {
  bool one_byte = false;
  {
    const Hdf5Guard guard;
    if (!is_object(file_, name, H5I_DATASET)) reject_missing(name);
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
  if (!is_object(file_, name, H5I_DATASET)) return std::nullopt;
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

#include "agents/datasets/hdf5_storage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "agents/datasets/hdf5_chunks.h"
#include "agents/datasets/hdf5_handle.h"
#include "agents/datasets/hdf5_other_files.h"
#include "agents/datasets/hdf5_virtual.h"
#include "agents/datasets/isolate.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

// The maximum compression ratio of Deflate.
constexpr std::uint64_t kMostCompression = 1032;

std::string missing_filter(hid_t creation) {
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

// Raw data in separate files: `wanted` bytes, one file after the other.
std::string missing_raw_data(hid_t dataset, hid_t creation, std::uint64_t wanted) {
  const Hdf5Handle file(H5Iget_file_id(dataset), H5Fclose);
  std::uint64_t left = wanted;
  const int count = H5Pget_external_count(creation);
  for (int i = 0; i < count && left > 0; ++i) {
    std::array<char, 4096> name{};
    off_t offset = 0;
    hsize_t size = 0;
    if (H5Pget_external(creation, static_cast<unsigned>(i), name.size() - 1, name.data(), &offset,
                        &size) < 0 ||
        offset < 0) {
      return "the location of its raw data cannot be read";
    }
    const std::uint64_t here = std::min<std::uint64_t>(left, size);
    const fs::path path = raw_data_path(file, name.data());
    std::error_code error;
    if (!fs::is_regular_file(path, error)) {
      const bool beside = fs::exists(path_of(file).parent_path() / name.data(), error);
      return fmt::format(
          "its raw data is in {}, which is {}{}", shown(path.string()),
          fs::exists(path, error) ? "not a regular file" : "missing",
          beside ? "; it is next to the HDF5 file: set HDF5_EXTFILE_PREFIX='${ORIGIN}'" : "");
    }
    const std::uint64_t bytes = fs::file_size(path, error);
    const auto begin = static_cast<std::uint64_t>(offset);
    if (bytes < begin || bytes - begin < here) {
      return fmt::format(
          "its raw data is cut short: {} holds {} bytes, but {} are needed from offset {}",
          shown(path.string()), bytes, here, begin);
    }
    allow_isolated_file(here);
    left -= here;
  }
  if (left == 0) return "";
  return fmt::format("its raw data is cut short: its files are {} bytes too short", left);
}

}  // namespace

std::string missing_data(hid_t dataset, int depth) {
  const Hdf5Handle file(H5Iget_file_id(dataset), H5Fclose);
  const Hdf5Handle type(H5Dget_type(dataset), H5Tclose);
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
  const Hdf5Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  hsize_t file_bytes = 0;
  H5Fget_filesize(file, &file_bytes);
  const auto size =
      static_cast<std::uint64_t>(std::max<hssize_t>(H5Sget_simple_extent_npoints(space), 0));
  const std::uint64_t wanted = size * H5Tget_size(type);
  const H5D_layout_t layout = H5Pget_layout(creation);
  if (layout == H5D_VIRTUAL) return missing_sources(dataset, depth);
  if (H5Pget_external_count(creation) > 0) return missing_raw_data(dataset, creation, wanted);

  const std::uint64_t stored = H5Dget_storage_size(dataset);
  if (stored > file_bytes || (layout == H5D_CHUNKED && stored < wanted / kMostCompression / 2) ||
      (layout != H5D_CHUNKED && stored < wanted)) {
    return fmt::format("it declares {} values, but the file holds {} bytes of them", size, stored);
  }
  if (layout != H5D_CHUNKED) return "";
  const std::string filter = missing_filter(creation);
  return filter.empty() ? missing_chunk(dataset, chunk_layout(dataset)) : filter;
}

std::string missing_data(hid_t dataset) {
  return missing_data(dataset, 0);
}

}  // namespace seqrl

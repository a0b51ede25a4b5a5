#include "agents/datasets/hdf5_writer.h"

#include <algorithm>
#include <utility>

#include "agents/datasets/hdf5_handle.h"
#include "configs/base/error.h"
#include "configs/base/files.h"

namespace seqrl {
namespace {

constexpr std::int64_t kChunkBytes = 1 << 16;
constexpr std::size_t kGrowth = 1 << 20;  // bytes by which the file in memory grows

std::vector<hsize_t> chunk_of(const std::vector<std::int64_t>& shape, std::size_t width,
                              const ArrayOptions& options) {
  std::vector<hsize_t> chunk(options.chunk.begin(), options.chunk.end());
  if (!chunk.empty()) return chunk;
  chunk.assign(shape.begin(), shape.end());
  std::int64_t row_bytes = static_cast<std::int64_t>(width);
  for (std::size_t axis = 1; axis < shape.size(); ++axis) row_bytes *= shape[axis];
  const std::int64_t rows = std::clamp<std::int64_t>(kChunkBytes / row_bytes, 1, shape[0]);
  chunk[0] = static_cast<hsize_t>(rows);
  return chunk;
}

// Missing groups in an object's path are created.
Hdf5Handle link_options() {
  Hdf5Handle options(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(options, 1);
  return options;
}

}  // namespace

Hdf5Writer::Hdf5Writer(std::filesystem::path path) : path_(std::move(path)) {
  const Hdf5Guard guard;
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access, kGrowth, /*backing_store=*/false);
  file_ = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  if (file_ < 0) fail("cannot write {}: {}", path_.string(), hdf5_reason());
}

Hdf5Writer::~Hdf5Writer() {
  const Hdf5Guard guard;
  if (file_ >= 0) H5Fclose(file_);
}

void Hdf5Writer::fail_on(const std::string& name) const {
  fail("cannot write '{}' to {}: {}", name, path_.string(), hdf5_reason());
}

void Hdf5Writer::add_typed(const std::string& name, const Dims& shape, std::int64_t type,
                           const void* values, std::size_t count, const ArrayOptions& options) {
  std::int64_t size = 1;
  for (const std::int64_t dim : shape) size *= dim;
  SEQRL_CHECK(size == static_cast<std::int64_t>(count));
  const std::vector<hsize_t> dims(shape.begin(), shape.end());
  const Hdf5Handle space(H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr),
                         H5Sclose);
  const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, false);  // equal content gives equal bytes
  if (options.gzip > 0 && size > 0 && !shape.empty()) {
    const std::vector<hsize_t> chunk = chunk_of(shape, H5Tget_size(type), options);
    H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    if (options.shuffle) H5Pset_shuffle(creation);
    H5Pset_deflate(creation, static_cast<unsigned>(options.gzip));
  }
  const Hdf5Handle links = link_options();
  Hdf5Handle array(H5Dcreate2(file_, name.c_str(), type, space, links, creation, H5P_DEFAULT),
                   H5Dclose);
  if (!array.valid()) fail_on(name);
  if (H5Dwrite(array, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) fail_on(name);
  if (array.reset() < 0) fail_on(name);
}

void Hdf5Writer::add(const std::string& name, const Dims& shape, std::span<const float> values,
                     const ArrayOptions& options) {
  const Hdf5Guard guard;
  add_typed(name, shape, H5T_NATIVE_FLOAT, values.data(), values.size(), options);
}

void Hdf5Writer::add(const std::string& name, const Dims& shape, std::span<const double> values,
                     const ArrayOptions& options) {
  const Hdf5Guard guard;
  add_typed(name, shape, H5T_NATIVE_DOUBLE, values.data(), values.size(), options);
}

void Hdf5Writer::add(const std::string& name, const Dims& shape,
                     std::span<const std::int64_t> values, const ArrayOptions& options) {
  const Hdf5Guard guard;
  add_typed(name, shape, H5T_NATIVE_INT64, values.data(), values.size(), options);
}

void Hdf5Writer::add(const std::string& name, const Dims& shape,
                     std::span<const std::uint8_t> values, const ArrayOptions& options) {
  const Hdf5Guard guard;
  add_typed(name, shape, H5T_NATIVE_UINT8, values.data(), values.size(), options);
}

void Hdf5Writer::add_flags(const std::string& name, const Dims& shape,
                           std::span<const std::uint8_t> values, const ArrayOptions& options) {
  const Hdf5Guard guard;
  const Hdf5Handle boolean(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
  for (const auto& [label, value] :
       {std::pair{"FALSE", std::int8_t{0}}, {"TRUE", std::int8_t{1}}}) {
    H5Tenum_insert(boolean, label, &value);
  }
  add_typed(name, shape, boolean, values.data(), values.size(), options);
}

void Hdf5Writer::add_text(const std::string& name, const std::string& text) {
  const Hdf5Guard guard;
  const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type, std::max<std::size_t>(1, text.size()));
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  H5Tset_cset(type, H5T_CSET_UTF8);
  add_typed(name, {}, type, text.c_str(), 1, {});
}

void Hdf5Writer::add_group(const std::string& name) {
  const Hdf5Guard guard;
  const Hdf5Handle links = link_options();
  const Hdf5Handle group(H5Gcreate2(file_, name.c_str(), links, H5P_DEFAULT, H5P_DEFAULT),
                         H5Gclose);
  if (!group.valid()) fail_on(name);
}

void Hdf5Writer::set_attribute(const std::string& object, const std::string& name,
                               std::int64_t value) {
  const Hdf5Guard guard;
  const Hdf5Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Hdf5Handle attribute(
      H5Acreate_by_name(file_, object.c_str(), name.c_str(), H5T_NATIVE_INT64, space, H5P_DEFAULT,
                        H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  if (!attribute.valid() || H5Awrite(attribute, H5T_NATIVE_INT64, &value) < 0) fail_on(name);
}

void Hdf5Writer::close() {
  std::string image;
  {
    const Hdf5Guard guard;
    if (file_ < 0) return;
    if (H5Fflush(file_, H5F_SCOPE_LOCAL) < 0) fail_on("/");
    const ssize_t size = H5Fget_file_image(file_, nullptr, 0);
    if (size < 0) fail_on("/");
    image.resize(static_cast<std::size_t>(size));
    if (H5Fget_file_image(file_, image.data(), image.size()) != size) fail_on("/");
    H5Fclose(std::exchange(file_, -1));
  }
  write_file_atomically(path_, image);
}

}  // namespace seqrl

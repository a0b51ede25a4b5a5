#include "agents/datasets/hdf5_virtual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "agents/datasets/hdf5_handle.h"
#include "agents/datasets/hdf5_object.h"
#include "agents/datasets/hdf5_other_files.h"
#include "configs/base/text.h"

namespace seqrl {
namespace {

using Extents = std::vector<hsize_t>;

constexpr int kDeepestMapping = 16;  // virtual arrays of virtual arrays, which may be circular

Extents dims_of(hid_t space) {
  const int rank = H5Sget_simple_extent_ndims(space);
  Extents dims(static_cast<std::size_t>(std::max(rank, 0)));
  if (rank > 0) H5Sget_simple_extent_dims(space, dims.data(), nullptr);
  return dims;
}

constexpr hsize_t kMost = hsize_t{1} << 48;  // values of an array

// The product, limited to kMost.
hsize_t product(const Extents& dims) {
  hsize_t size = 1;
  for (const hsize_t dim : dims) size = dim == 0 ? 0 : size > kMost / dim ? kMost : size * dim;
  return size;
}

// A regular selection: count blocks of `block` along each axis, from `start`, every `stride`.
struct Slab {
  Extents start, stride, count, block;

  explicit Slab(std::size_t rank) : start(rank), stride(rank), count(rank), block(rank) {}

  static std::optional<Slab> of(hid_t space) {
    if (H5Sget_select_type(space) != H5S_SEL_HYPERSLABS || H5Sget_simple_extent_ndims(space) < 1 ||
        H5Sis_regular_hyperslab(space) <= 0) {
      return std::nullopt;
    }
    Slab slab(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
    if (H5Sget_regular_hyperslab(space, slab.start.data(), slab.stride.data(), slab.count.data(),
                                 slab.block.data()) < 0) {
      return std::nullopt;
    }
    return slab;
  }

  // The axis of unlimited extent, if any.
  std::optional<std::size_t> unlimited_axis() const {
    for (std::size_t axis = 0; axis < count.size(); ++axis) {
      if (count[axis] == H5S_UNLIMITED || block[axis] == H5S_UNLIMITED) return axis;
    }
    return std::nullopt;
  }

  void select(hid_t space, H5S_seloper_t how) const {
    H5Sselect_hyperslab(space, how, start.data(), stride.data(), count.data(), block.data());
  }
};

// Selects in `space` the slab's blocks first … last − 1 along an unlimited axis, as far as the
// space reaches.
void select_blocks(hid_t space, Slab slab, std::size_t axis, hsize_t first, hsize_t last) {
  const hsize_t dim = dims_of(space)[axis];
  H5Sselect_none(space);
  if (slab.block[axis] == H5S_UNLIMITED) {
    if (slab.start[axis] >= dim) return;
    slab.count[axis] = 1;
    slab.block[axis] = dim - slab.start[axis];
    return slab.select(space, H5S_SELECT_SET);
  }
  const hsize_t start = slab.start[axis];
  for (hsize_t i = first; i < last && start + i * slab.stride[axis] < dim; ++i) {
    Slab one = slab;
    one.start[axis] = start + i * slab.stride[axis];
    one.count[axis] = 1;
    one.block[axis] = std::min(slab.block[axis], dim - one.start[axis]);
    one.select(space, H5S_SELECT_OR);
  }
}

// How many blocks of an unlimited selection begin within these dimensions.
hsize_t blocks_within(const Slab& slab, std::size_t axis, const Extents& dims) {
  if (slab.start[axis] >= dims[axis]) return 0;
  if (slab.block[axis] == H5S_UNLIMITED) return 1;
  return (dims[axis] - slab.start[axis] - 1) / slab.stride[axis] + 1;
}

// The selection of `space` in an array of these dimensions, which limit unlimited extents; not
// valid if the selection lies outside.
Hdf5Handle within(hid_t space, const Extents& dims) {
  Hdf5Handle none(-1, H5Sclose);
  const int rank = static_cast<int>(dims.size());
  // libhdf5 does not know the dimensions of a source that is mapped whole.
  const bool all = H5Sget_select_type(space) == H5S_SEL_ALL;
  const int known = H5Sget_simple_extent_ndims(space);
  if (!all && known > 0 && known != rank) return none;
  const auto slab = Slab::of(space);
  const auto axis = slab ? slab->unlimited_axis() : std::nullopt;
  if (axis || all) {
    Hdf5Handle result(H5Screate_simple(rank, dims.data(), nullptr), H5Sclose);
    if (axis) select_blocks(result, *slab, *axis, 0, blocks_within(*slab, *axis, dims));
    return result;
  }
  Hdf5Handle result(H5Scopy(space), H5Sclose);
  if (H5Sset_extent_simple(result, rank, dims.data(), nullptr) < 0) return none;
  if (H5Sselect_valid(result) <= 0) return none;
  return result;
}

// "part-%b.hdf5" → "part-3.hdf5"; %% is a percent sign.
std::string numbered(const std::string& name, hsize_t number) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char next = name[i] == '%' && i + 1 < name.size() ? name[i + 1] : '\0';
    if (next == 'b') text += std::to_string(number);
    if (next == '%') text += '%';
    if (next == 'b' || next == '%') {
      ++i;
    } else {
      text += name[i];
    }
  }
  return text;
}

// Part of an array, and its source.
struct Mapping {
  std::string file, array;
  Hdf5Handle space, source;
  bool numbered = false;  // one source per block
};

std::string text_of(ssize_t (*get)(hid_t, size_t, char*, size_t), hid_t creation,
                    std::size_t index) {
  const ssize_t size = get(creation, index, nullptr, 0);
  if (size <= 0) return "";
  std::string text(static_cast<std::size_t>(size) + 1, '\0');
  get(creation, index, text.data(), text.size());
  text.pop_back();
  return text;
}

Mapping mapping_at(hid_t creation, std::size_t index) {
  Mapping mapping{.file = text_of(H5Pget_virtual_filename, creation, index),
                  .array = text_of(H5Pget_virtual_dsetname, creation, index),
                  .space = {H5Pget_virtual_vspace(creation, index), H5Sclose},
                  .source = {H5Pget_virtual_srcspace(creation, index), H5Sclose}};
  const auto unlimited = [](hid_t space) {
    const auto slab = Slab::of(space);
    return slab && slab->unlimited_axis();
  };
  mapping.numbered = unlimited(mapping.space) && !unlimited(mapping.source);
  return mapping;
}

// The defect of one source, where the selection has `points` values; "" for none.
std::string source_problem(hid_t home, const std::string& file_name, const std::string& array,
                           hid_t selection, hsize_t points, int depth) {
  const bool at_home = file_name == ".";
  const OtherFile found =
      at_home ? OtherFile{} : find_other_file(home, file_name, "HDF5_VDS_PREFIX");
  const std::string whole =
      fmt::format("it comes from {}{}", shown(array),
                  at_home ? "" : fmt::format(" of {}", shown(found.path.string())));
  if (!found.problem.empty()) return whole + ", " + found.problem;
  const Hdf5Handle other = at_home ? Hdf5Handle(-1, H5Fclose) : open_other_file(found.path);
  const hid_t file = other.valid() ? static_cast<hid_t>(other) : home;
  const Hdf5Object object = look_up(file, array);
  if (object.kind == Hdf5Object::Kind::missing) return whole + ", which is not in it";
  if (object.kind != Hdf5Object::Kind::array) return whole + ", which " + object.what;
  const Hdf5Handle source(H5Dopen2(file, array.c_str(), H5P_DEFAULT), H5Dclose);
  const Hdf5Handle space(source.valid() ? H5Dget_space(source) : -1, H5Sclose);
  if (!space.valid()) return whole + ", which cannot be opened: " + hdf5_reason();
  const Extents dims = dims_of(space);
  const Hdf5Handle selected = within(selection, dims);
  const hssize_t held = selected.valid() ? H5Sget_select_npoints(selected) : -1;
  const bool all = H5Sget_select_type(selection) == H5S_SEL_ALL;
  if (held < 0 || static_cast<hsize_t>(held) < points ||
      (all && static_cast<hsize_t>(held) != points)) {
    return fmt::format("{}, with shape [{}], which does not match the required {} values", whole,
                       fmt::join(dims, ", "), points);
  }
  const std::string deeper = missing_data(source, depth + 1);
  constexpr int kTold = 2;  // levels included in a message
  return deeper.empty() || depth >= kTold ? deeper : fmt::format("{}, where {}", whole, deeper);
}

// The defect of a mapping's sources; marks in `covered` the values that it provides.
std::string check(hid_t home, const Mapping& mapping, const Extents& dims,
                  std::vector<std::uint8_t>& covered, int depth) {
  const Hdf5Handle space = within(mapping.space, dims);
  if (!space.valid() || !mapping.source.valid()) return "one of its mappings is out of range";
  const std::uint8_t yes = 1;
  if (!covered.empty()) {
    H5Dfill(&yes, H5T_NATIVE_UINT8, covered.data(), H5T_NATIVE_UINT8, space);
  }
  if (!mapping.numbered) {
    return source_problem(home, numbered(mapping.file, 0), numbered(mapping.array, 0),
                          mapping.source, static_cast<hsize_t>(H5Sget_select_npoints(space)),
                          depth);
  }
  const Slab slab = *Slab::of(mapping.space);
  const std::size_t axis = *slab.unlimited_axis();
  for (hsize_t i = 0; i < blocks_within(slab, axis, dims); ++i) {
    select_blocks(space, slab, axis, i, i + 1);
    const std::string problem =
        source_problem(home, numbered(mapping.file, i), numbered(mapping.array, i), mapping.source,
                       static_cast<hsize_t>(H5Sget_select_npoints(space)), depth);
    if (!problem.empty()) return problem;
  }
  return "";
}

}  // namespace

std::string missing_sources(hid_t dataset, int depth) {
  if (depth > kDeepestMapping) return "its sources are also virtual and form a cycle";
  const Hdf5Handle file(H5Iget_file_id(dataset), H5Fclose);
  const Hdf5Handle creation(H5Dget_create_plist(dataset), H5Pclose);
  const Hdf5Handle space(H5Dget_space(dataset), H5Sclose);
  const Extents dims = dims_of(space);
  if (product(dims) >= kMost) return "it declares more values than fit in any memory";
  std::size_t count = 0;
  if (H5Pget_virtual_count(creation, &count) < 0) return "its sources cannot be read";
  std::vector<std::uint8_t> covered(product(dims));
  for (std::size_t i = 0; i < count; ++i) {
    const std::string problem = check(file, mapping_at(creation, i), dims, covered, depth);
    if (!problem.empty()) return problem;
  }
  const auto hole = std::ranges::find(covered, 0);
  if (hole == covered.end()) return "";
  const auto row = static_cast<hsize_t>(hole - covered.begin()) / (product(dims) / dims[0]);
  return fmt::format("no source provides its row {}", row);
}

}  // namespace seqrl

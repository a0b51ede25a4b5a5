// Unusual HDF5 files, written with libhdf5's own API: arrays stored elsewhere, or not at all.
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace seqrl {

// Adds to an existing file.
class OddHdf5 {
 public:
  using Dims = std::vector<hsize_t>;

  explicit OddHdf5(const std::filesystem::path& path)
      : file_(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT)) {
    REQUIRE(file_ >= 0);
  }
  OddHdf5(const OddHdf5&) = delete;
  OddHdf5& operator=(const OddHdf5&) = delete;
  ~OddHdf5() { H5Fclose(file_); }

  void group(const char* name) {
    H5Gclose(H5Gcreate2(file_, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }
  void remove(const char* name) { REQUIRE(H5Ldelete(file_, name, H5P_DEFAULT) >= 0); }
  void soft_link(const char* name, const char* target) {
    REQUIRE(H5Lcreate_soft(target, file_, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
  }
  void external_link(const char* name, const char* file, const char* target) {
    REQUIRE(H5Lcreate_external(file, target, file_, name, H5P_DEFAULT, H5P_DEFAULT) >= 0);
  }
  void named_type(const char* name) {
    const hid_t type = H5Tcopy(H5T_NATIVE_FLOAT);
    REQUIRE(H5Tcommit2(file_, name, type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Tclose(type);
  }

  // An array without data; chunked if `chunk` is given.
  void never_written(const char* name, const Dims& dims, const Dims& chunk = {}) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (!chunk.empty()) H5Pset_chunk(creation, static_cast<int>(chunk.size()), chunk.data());
    add(name, dims, dims, creation);
  }

  // Raw float32 data in another file, starting at `offset`.
  void external_data(const char* name, const Dims& dims, const char* raw, off_t offset = 0) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(creation, raw, offset, H5F_UNLIMITED);
    add(name, dims, dims, creation);
  }

  // Rows `begin` to `end` of a virtual array, mapped to all of an array with as many rows.
  struct Part {
    const char *file, *array;
    hsize_t begin, end;
  };
  void virtual_array(const char* name, const Dims& dims, const std::vector<Part>& parts) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hid_t space = space_of(dims);
    for (const Part& part : parts) {
      Dims start(dims.size()), count = dims;
      start[0] = part.begin;
      count[0] = part.end - part.begin;
      const hid_t source = space_of(count);
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
      REQUIRE(H5Pset_virtual(creation, space, part.file, part.array, source) >= 0);
      H5Sclose(source);
    }
    H5Sclose(space);
    add(name, dims, dims, creation);
  }

  // A virtual vector with blocks of `rows` from files with a number in their names (%b).
  void numbered_array(const char* name, const char* files, const char* array, hsize_t rows) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const Dims dims = {0}, most = {H5S_UNLIMITED};
    const hid_t space = H5Screate_simple(1, dims.data(), most.data());
    const hid_t source = space_of({rows});
    const hsize_t start = 0, count = H5S_UNLIMITED;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, &rows, &count, &rows);
    REQUIRE(H5Pset_virtual(creation, space, files, array, source) >= 0);
    H5Sclose(source);
    H5Sclose(space);
    add(name, dims, most, creation);
  }

 private:
  static hid_t space_of(const Dims& dims) {
    return H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
  }

  void add(const char* name, const Dims& dims, const Dims& most, hid_t creation) {
    const hid_t space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), most.data());
    const hid_t array =
        H5Dcreate2(file_, name, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    REQUIRE(array >= 0);
    H5Dclose(array);
    H5Sclose(space);
    H5Pclose(creation);
  }

  hid_t file_;
};

}  // namespace seqrl

// The other files that an HDF5 file names, and where libhdf5 looks for them. Internal: use
// hdf5_file.h.
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <string>

#include "agents/datasets/hdf5_handle.h"

namespace seqrl {

// A file that another one names, and a description of its defect ("" for none).
struct OtherFile {
  std::filesystem::path path;
  std::string problem;
};

// The first file of this name that libhdf5 finds for a reference in `file`: the target of an
// external link (`variable` is HDF5_EXT_PREFIX) or the source of a virtual array (HDF5_VDS_PREFIX).
// It looks for an absolute path, then in the folders of the environment variable, next to `file`,
// and in the working directory. Only regular files are opened: a pipe would block.
OtherFile find_other_file(hid_t file, const std::string& name, const char* variable);

// The path from which libhdf5 1.10 reads raw data of this name: relative to the working directory,
// or to $HDF5_EXTFILE_PREFIX.
std::filesystem::path raw_data_path(hid_t file, const std::string& name);

// Opens a file for reading, and raises the limits of the reading process (isolate.h) by what a file
// of its size needs.
Hdf5Handle open_other_file(const std::filesystem::path& path);

// The name with which a file was opened; for an object, that of its file.
std::filesystem::path path_of(hid_t object);

}  // namespace seqrl

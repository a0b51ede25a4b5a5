// An object under a name in an HDF5 file. Internal: use hdf5_file.h.
#pragma once

#include <hdf5.h>

#include <string>

namespace seqrl {

// The kind of an object, and its defect.
struct Hdf5Object {
  enum class Kind { missing, array, group, broken };
  Kind kind = Kind::missing;
  // For a broken one, its defect: "is a link to '/x', which does not exist". For a group, what it
  // is instead of an array.
  std::string what;
};

// Follows soft and external links. Call it with the lock on libhdf5 held.
Hdf5Object look_up(hid_t file, const std::string& name);

}  // namespace seqrl

// An object under a name in an HDF5 file. Not for callers: see hdf5_file.h.
#pragma once

#include <hdf5.h>

#include <string>

namespace seqrl {

// The kind of an object, and what is wrong with it.
struct Hdf5Object {
  enum class Kind { missing, array, group, broken };
  Kind kind = Kind::missing;
  // Of a broken one, what is wrong: "is a link to '/x', which is not there". Of a group, what it
  // is instead of an array.
  std::string what;
};

// Follows soft and external links. To be called with the lock on libhdf5 held.
Hdf5Object look_up(hid_t file, const std::string& name);

}  // namespace seqrl

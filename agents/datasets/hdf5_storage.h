// A check that the data of an HDF5 array is complete in the file. Internal: use hdf5_file.h.
#pragma once

#include <hdf5.h>

#include <string>

namespace seqrl {

// A description of the data that libhdf5 would invent when it reads this array, or "" if the array
// is complete. For missing data, libhdf5 silently returns the fill value, usually 0:
// - storage that was never written, or is smaller than what the array declares;
// - chunks that were never written;
// - raw data in another file, which is too short;
// - virtual arrays: parts that no source covers; sources that are gone, too short, or have data
//   missing themselves.
// It also reports compression that libhdf5 lacks. Call it with the lock on libhdf5 held.
std::string missing_data(hid_t dataset);

}  // namespace seqrl

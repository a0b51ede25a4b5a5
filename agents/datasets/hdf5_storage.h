// A check that the data of an HDF5 array is all in the file. Not for callers: see hdf5_file.h.
#pragma once

#include <hdf5.h>

#include <string>

namespace seqrl {

// What libhdf5 would make up when it reads this array, in words, or "" when all of it is there.
// Where data is missing, libhdf5 gives the fill value, most often 0, without a word:
// - storage that was never written, or is smaller than what the array declares;
// - chunks that were never written;
// - raw data in another file, which is too short;
// - virtual arrays: parts that no source covers; sources that are gone, too short, or have data
//   missing themselves.
// It also says which compression libhdf5 lacks. To be called with the lock on libhdf5 held.
std::string missing_data(hid_t dataset);

}  // namespace seqrl

// Virtual HDF5 arrays, which are put together from parts of others. Not for callers: see
// hdf5_file.h.
#pragma once

#include <hdf5.h>

#include <string>

namespace seqrl {

// As missing_data() of hdf5_storage.h, for an array that is `depth` virtual arrays deep.
std::string missing_data(hid_t dataset, int depth);

// The same for a virtual array: what no source covers, or a source that is gone, too short, or not
// complete itself.
std::string missing_sources(hid_t dataset, int depth);

}  // namespace seqrl

// Virtual HDF5 arrays, which consist of parts of others. Internal: use hdf5_file.h.
#pragma once

#include <hdf5.h>

#include <string>

namespace seqrl {

// As missing_data() of hdf5_storage.h, for an array that is `depth` virtual arrays deep.
std::string missing_data(hid_t dataset, int depth);

// The same for a virtual array: a part that no source covers, or a source that is missing, too
// short, or incomplete itself.
std::string missing_sources(hid_t dataset, int depth);

}  // namespace seqrl

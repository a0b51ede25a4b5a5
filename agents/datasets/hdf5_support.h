// The lock on libhdf5. Not for callers: see hdf5_file.h.
#pragma once

#include <mutex>

namespace seqrl {

// libhdf5 is not thread-safe: whoever calls it holds this.
std::mutex& hdf5_mutex();

}  // namespace seqrl

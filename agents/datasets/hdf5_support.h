// The lock on libhdf5. Internal: use hdf5_file.h.
#pragma once

#include <mutex>

namespace seqrl {

// libhdf5 is not thread-safe: every caller must hold this lock.
std::mutex& hdf5_mutex();

}  // namespace seqrl

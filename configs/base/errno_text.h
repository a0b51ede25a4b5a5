// The system's message for an error number.
#pragma once

#include <string>

namespace seqrl {

// "No space left on device" for ENOSPC. Unlike strerror, it is thread-safe.
std::string errno_text(int error);

}  // namespace seqrl

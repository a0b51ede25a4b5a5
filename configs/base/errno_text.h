// The system's words for an error number.
#pragma once

#include <string>

namespace seqrl {

// "No space left on device" for ENOSPC. Unlike strerror, it may be called from several threads.
std::string errno_text(int error);

}  // namespace seqrl

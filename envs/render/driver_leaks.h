// A guard that keeps what OpenGL's drivers never free out of LeakSanitizer's count.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace seqrl {

// While one lives, LeakSanitizer does not count what this thread allocates: around calls into a
// driver, whose leaks are not ours. Nothing in a build without it.
class DriverLeaks {
 public:
  DriverLeaks() {}
  DriverLeaks(const DriverLeaks&) = delete;
  DriverLeaks& operator=(const DriverLeaks&) = delete;
  ~DriverLeaks() {}

 private:
#if defined(__SANITIZE_ADDRESS__)
  __lsan::ScopedDisabler disabler_;
#endif
};

}  // namespace seqrl

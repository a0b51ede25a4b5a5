// A guard that hides leaks of OpenGL drivers from LeakSanitizer.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace seqrl {

// While one exists, LeakSanitizer ignores allocations of this thread. Use it around calls into a
// driver, because its leaks are not ours. It does nothing in a build without LeakSanitizer.
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

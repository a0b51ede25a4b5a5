// A scope in which denormal numbers are treated as zero.
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace seqrl {

// While an instance lives, its thread treats denormal numbers (below about 1e-38 in float32) as 0.
// Processors are about a hundred times slower on them, and moments that only decay, such as those
// of a dead unit, all become denormal. All threads must use it, so that results do not depend on
// the thread.
class FlushDenormals {
 public:
#if defined(__SSE2__)
  FlushDenormals() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | kFlushToZero | kZero);
  }
  ~FlushDenormals() {
    _mm_setcsr(before_);
  }
#else
  FlushDenormals() {}
#endif
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
#if defined(__SSE2__)
  static constexpr unsigned kFlushToZero = 0x8000, kZero = 0x0040;  // results, operands
  unsigned before_;
#endif
};

}  // namespace seqrl

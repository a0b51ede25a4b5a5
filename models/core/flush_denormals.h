// A scope in which denormal numbers count as zero.
#pragma once

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace seqrl {

// While one lives, the calling thread takes denormal numbers (below about 1e-38 in float32) for 0.
// Processors compute with them some hundred times slower, and moments that only decay, those of a
// dead unit, all end there. The same on every thread, so that results do not depend on it.
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

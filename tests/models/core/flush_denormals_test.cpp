#include "models/core/flush_denormals.h"

#include <limits>

#include "tests/catch.h"

using namespace seqrl;

#if defined(__SSE2__)
TEST_CASE("denormal numbers are flushed to zero only within the scope") {
  volatile float smallest = std::numeric_limits<float>::min(), half = 0.5f;
  volatile float denormal = smallest * half;
  CHECK(denormal > 0);
  volatile float result = 1, operand = 1;
  {
    const FlushDenormals flush;
    result = smallest * half;    // a result that would be denormal
    operand = denormal * 1e10f;  // a denormal operand
  }
  CHECK(result == 0);
  CHECK(operand == 0);
  result = smallest * half;
  CHECK(result > 0);
}
#endif

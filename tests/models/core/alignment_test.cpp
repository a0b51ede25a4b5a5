#include "models/core/alignment.h"

#include <cstdint>

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("divide_up counts the parts, and round_up gives the next multiple") {
  for (std::int64_t each = 1; each <= 9; ++each) {
    for (std::int64_t n = 0; n <= 40; ++n) {
      CAPTURE(n, each);
      std::int64_t parts = 0;
      while (parts * each < n) ++parts;
      CHECK(divide_up(n, each) == parts);
      CHECK(round_up(n, each) == parts * each);
    }
  }
}

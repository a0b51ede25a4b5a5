#include "models/ops/instruction_set.h"

#include <set>
#include <string>

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("the instruction set has a known name") {
  const std::set<std::string> names = {"AVX-512", "AVX2", "SSE2", "NEON", "scalar"};
  CHECK(names.contains(instruction_set()));
}

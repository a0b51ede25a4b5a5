// Pairs of bounds in a config, including open sides.
#include "envs/range.h"

#include <cmath>
#include <limits>

#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

struct Config {
  Range heights{0.7, 2};
  void fields(Fields& field) { field("heights", heights, "allowed"); }
};

Range read_range(const std::string& yaml) {
  return read_config_text<Config>("heights: " + yaml, "test").heights;
}

}  // namespace

TEST_CASE("a range is two numbers, with null or infinity for an open side", "[range]") {
  CHECK(read_range("[0.5, 1]") == Range(0.5, 1));
  CHECK(read_range("[-2e3, null]") == Range(-2000, std::nullopt));
  CHECK(read_range("[null, null]") == Range());
  for (const char* open : {"[-.inf, .inf]", "[-inf, inf]", "[-Infinity, Infinity]"}) {
    INFO(open);
    CHECK(read_range(open) == Range());
  }
  CHECK(read_config_text<Config>("{}", "test").heights == Range(0.7, 2));
}

TEST_CASE("an invalid range is rejected with its key", "[range]") {
  for (const char* bad : {"3", "[1]", "[1, 2, 3]", "[2, 1]", "[1, 1]", "[.inf, 3]", "[1, -.inf]",
                          "[.nan, 1]", "[one, 2]", "{low: 1}", "null"}) {
    INFO(bad);
    CHECK_THROWS_WITH(read_range(bad), Catch::Contains("heights"));
  }
}

TEST_CASE("between excludes the bounds, contains includes them; an open side has no bound",
          "[range]") {
  const Range heights(0.7, 2), open;
  CHECK_FALSE(heights.between(0.7));
  CHECK(heights.contains(0.7));
  CHECK(heights.between(std::nextafter(0.7, 1.0)));
  CHECK_FALSE(heights.contains(std::nextafter(2.0, 3.0)));
  CHECK(heights.clamp(5) == 2);
  CHECK(heights.clamp(-5) == 0.7);
  CHECK(heights.clamp(1) == 1);
  CHECK(open.between(1e300));
  CHECK(open.clamp(-1e300) == -1e300);
  CHECK_FALSE(open.between(std::numeric_limits<double>::quiet_NaN()));
}

TEST_CASE("a range survives printing and reading", "[range]") {
  for (const Range& range : {Range(0.7, std::nullopt), Range(-1e-5, 1e22), Range()}) {
    CHECK(read_range(range.yaml()) == range);
  }
  CHECK(Range(1, std::nullopt).json().dump() == "[1.0,null]");
}

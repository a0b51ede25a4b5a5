#include "configs/schema/registry.h"

#include <functional>
#include <string>

#include "configs/base/error.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

using Factory = std::function<int()>;

}  // namespace

TEST_CASE("a registry finds the factory of a registered name only") {
  Registry<Factory> registry("a number");
  registry.add("one", [] { return 1; });
  registry.add("two", [] { return 2; });
  REQUIRE(registry.find("one"));
  CHECK(registry.find("one")() == 1);
  CHECK(registry.find("two")() == 2);
  CHECK_FALSE(registry.find("three"));
}

TEST_CASE("a registry rejects a duplicate name and keeps the first factory") {
  Registry<Factory> registry("a number");
  registry.add("one", [] { return 1; });
  CHECK_THROWS_WITH(registry.add("one", [] { return 2; }),
                    "a number named 'one' is already registered");
  CHECK(registry.find("one")() == 1);
}

TEST_CASE("a registry rejects an empty name and an empty factory") {
  Registry<Factory> registry("a number");
  CHECK_THROWS_WITH(registry.add("", [] { return 1; }), "a number needs a name and a factory");
  CHECK_THROWS_WITH(registry.add("one", {}), "a number needs a name and a factory");
  CHECK_FALSE(registry.find("one"));
}

TEST_CASE("a factory may register another while it is called") {
  Registry<Factory> registry("a number");
  registry.add("one", [&] {
    registry.add("two", [] { return 2; });
    return 1;
  });
  CHECK(registry.find("one")() == 1);
  CHECK(registry.find("two")() == 2);
}

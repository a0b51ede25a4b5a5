#include "models/core/arena.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "tests/catch.h"

using namespace seqrl;

namespace {

std::vector<void*> ask(Arena& arena, const std::vector<std::size_t>& sizes) {
  std::vector<void*> given;
  for (const std::size_t bytes : sizes) {
    given.push_back(arena.allocate(bytes));
    std::memset(given.back(), 1, bytes);
  }
  return given;
}

}  // namespace

TEST_CASE("allocations of an arena are aligned and do not overlap") {
  Arena arena;
  const std::vector<std::size_t> sizes = {1, 64, 65, 0, 1 << 17, 3};
  const std::vector<void*> given = ask(arena, sizes);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto begin = reinterpret_cast<std::uintptr_t>(given[i]);
    CHECK(begin % 64 == 0);
    for (std::size_t j = 0; j < given.size(); ++j) {
      const auto other = reinterpret_cast<std::uintptr_t>(given[j]);
      if (i != j) CHECK((begin + sizes[i] <= other || other + sizes[j] <= begin));
    }
  }
  CHECK(arena.used() == 64 + 64 + 128 + 64 + (1 << 17) + 64);
}

TEST_CASE("equal requests get equal addresses after the first reset") {
  Arena arena;
  const std::vector<std::size_t> sizes = {1000, 1 << 16, 1 << 18, 10};  // over several blocks
  ask(arena, sizes);
  arena.reset();
  const std::vector<void*> first = ask(arena, sizes);
  const std::size_t capacity = arena.capacity();
  for (int pass = 0; pass < 3; ++pass) {
    arena.reset();
    CHECK(arena.used() == 0);
    CHECK(ask(arena, sizes) == first);
    CHECK(arena.capacity() == capacity);
  }
}

TEST_CASE("an arena grows on demand, and keeps its contents and capacity") {
  Arena arena;
  void* early = arena.allocate(100);
  std::memset(early, 7, 100);
  arena.allocate(1 << 20);
  CHECK(static_cast<unsigned char*>(early)[99] == 7);
  CHECK(arena.capacity() >= arena.used());
  const std::size_t used = arena.used();
  arena.reset();
  CHECK(arena.capacity() >= used);
}

TEST_CASE("an arena allocates little more than its first pass needs") {
  Arena arena;
  for (int layer = 0; layer < 3; ++layer) {  // like a large batch: small ones between large
    for (const std::size_t bytes : {20 << 20, 1 << 16, 15 << 20, 256, 20 << 20}) {
      arena.allocate(bytes);
    }
  }
  const std::size_t used = arena.used();
  CHECK(arena.capacity() < used + used / 8);
  arena.reset();
  CHECK(arena.capacity() == used);
}

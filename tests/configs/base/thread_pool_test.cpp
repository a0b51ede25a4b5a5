#include "configs/base/thread_pool.h"

#include <numeric>
#include <stdexcept>
#include <vector>

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("every task runs once, for any number of threads and in repeated runs") {
  for (int threads : {1, 2, 4}) {
    ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (int count : {0, 1, 3, 100}) {
      std::vector<int> runs(static_cast<std::size_t>(count));
      pool.run(count, [&](int i) { ++runs[static_cast<std::size_t>(i)]; });
      CHECK(runs == std::vector<int>(static_cast<std::size_t>(count), 1));
    }
  }
}

TEST_CASE("an exception in a task reaches the caller, and the pool remains usable") {
  ThreadPool pool(3);
  CHECK_THROWS_AS(pool.run(10,
                           [](int i) {
                             if (i == 4) throw std::runtime_error("four");
                           }),
                  std::runtime_error);
  std::atomic<int> sum{0};
  pool.run(10, [&](int i) { sum += i; });
  CHECK(sum == 45);
}

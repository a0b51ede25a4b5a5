// How long a dataset takes to load, compared with tools/bench/peers/read_h5py.py. Hidden:
// SEQRL_BENCH_FILE=FILE test_agents "[.load]"
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "agents/datasets/load.h"
#include "tests/catch.h"

TEST_CASE("seconds to load a dataset", "[.load]") {
  const char* path = std::getenv("SEQRL_BENCH_FILE");
  if (path == nullptr) FAIL("set SEQRL_BENCH_FILE to a dataset");
  double fastest = 1e9;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    const seqrl::Trajectories data = seqrl::load_dataset(path);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    CHECK(data.transitions() > 0);
    fastest = std::min(fastest, seconds.count());
  }
  std::cout << "{\"file\": \"" << path << "\", \"seconds\": " << fastest << "}\n";
}

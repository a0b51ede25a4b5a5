// What test_gpu runs on; without a GPU it says so, and that it was skipped.
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // listeners, of Catch2 2.13
#include <cstdio>
#include <cstdlib>

#include "models/core/device.h"
#include "tests/catch.h"
#include "tests/models/cuda/device_under_test.h"

namespace seqrl {

bool emulated() {
  return false;
}

void run_threads_backwards(bool) {}  // a GPU's order is its own, and may differ every time

namespace {

constexpr int kSkipped = 77;  // to CTest

#if SEQRL_CATCH2_MAJOR >= 3
using Listener = Catch::EventListenerBase;
#else
using Listener = Catch::TestEventListenerBase;
#endif

class SkipWithoutGpu : public Listener {
 public:
  using Listener::Listener;
  void testRunStarting(const Catch::TestRunInfo&) override {
    if (!cuda_problem()) return;
    std::printf("skipped: %s\n", cuda_problem());
    std::exit(kSkipped);
  }
};
CATCH_REGISTER_LISTENER(SkipWithoutGpu)

}  // namespace
}  // namespace seqrl

// The device of test_gpu; without a GPU the tests report that they were skipped.
#define CATCH_CONFIG_EXTERNAL_INTERFACES  // for listeners, in Catch2 2.13
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "models/core/tensor.h"
#include "tests/catch.h"
#include "tests/models/cuda/device_under_test.h"

namespace seqrl {

bool emulated() {
  return false;
}

void run_threads_backwards(bool) {}  // a GPU chooses its own order, which may change every time

namespace {

constexpr int kSkipped = 77;  // tells CTest

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

// Run only by name: afterwards the process can run no other test.
TEST_CASE("a write to an invalid address loses the context, which the error reports", "[.lost]") {
  DeviceRuntime& cuda = runtime_of(Device::cuda);
  const Storage any(4, Device::cuda);
  cuda.fill(reinterpret_cast<float*>(std::uintptr_t{16}), 1.0f, 1);
  float read = 0;
  for (int i = 0; i < 2; ++i) {
    REQUIRE_THROWS_WITH(cuda.read(&read, any.data(), 4), Catch::Contains("context is lost"));
  }
}

}  // namespace
}  // namespace seqrl

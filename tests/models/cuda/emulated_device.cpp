// What test_cuda finds where a GPU would be.
#include "cuda_emulation.h"
#include "emulated_runtime.h"
#include "models/ops/cuda/install.h"
#include "tests/models/cuda/device_under_test.h"

namespace seqrl {

bool emulated() {
  return true;
}

void run_threads_backwards(bool backwards) {
  emulation::set_order(backwards ? emulation::Order::descending : emulation::Order::ascending);
}

}  // namespace seqrl

namespace seqrl::cuda {

const char* find_device(DeviceRuntime*& runtime) {
  runtime = &emulation::runtime();
  return nullptr;
}

}  // namespace seqrl::cuda

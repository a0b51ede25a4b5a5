// test_cuda's replacement for a GPU.
#include <cstdlib>

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

// SEQRL_EMULATED_GPUS sets the number of devices; a process has one of them.
const char* find_device(DeviceRuntime*& runtime) {
  const char* count = std::getenv("SEQRL_EMULATED_GPUS");
  const int devices = count ? std::atoi(count) : 1;
  if (chosen_gpu(devices) >= devices) return "there is no such emulated GPU";
  runtime = &emulation::runtime();
  return nullptr;
}

}  // namespace seqrl::cuda

// How ops call kernels that may not be there.
#pragma once

#include "models/core/tape.h"

namespace seqrl::cuda {

template <typename Function>
class Kernel;

[[noreturn]] void reject_missing_kernel();

// A function of models/ops/cuda, set by install_cuda(): builds without CUDA link without it. Real
// devices are given those for float only, but for the optimizer's; float64 serves the tests, which
// emulate a device.
template <typename... Args>
class Kernel<void(Args...)> {
 public:
  using Function = void (*)(Args...);

  Kernel& operator=(Function function) {
    function_ = function;
    return *this;
  }
  void operator()(Args... args) const {
    if (!function_) reject_missing_kernel();
    function_(args...);
  }

 private:
  Function function_ = nullptr;
};

}  // namespace seqrl::cuda

namespace seqrl::op {

inline bool on_cuda(const Tape& tape) {
  return tape.device() == Device::cuda;
}

// Of ops that CUDA has no kernels for.
void require_cpu(const char* op, const Tape& tape);

// Calls the kernel of the tape's device; both take the same arguments.
template <typename... Args, typename... Given>
void run(const Tape& tape, void (*cpu)(Args...), const cuda::Kernel<void(Args...)>& cuda,
         Given... given) {
  if (on_cuda(tape)) {
    cuda(given...);
  } else {
    cpu(given...);
  }
}

}  // namespace seqrl::op

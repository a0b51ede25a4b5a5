// A kernel: a function of models/ops/cuda that ops call and that may be missing.
#pragma once

#include <cstdint>

namespace seqrl::cuda {

template <typename Function>
class Kernel;

[[noreturn]] void reject_missing_kernel();

// A function of models/ops/cuda, set by install_cuda(), so that builds without CUDA link without
// it. Real devices have kernels for float only, except for the optimizer's; float64 serves the
// tests, which emulate a device.
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

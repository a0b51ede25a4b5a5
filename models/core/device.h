// Where tensors live, and how the host moves bytes there and back.
#pragma once

#include <cstddef>

#include "models/core/dtype.h"

namespace seqrl {

// The memory of one device. What works on it happens in the order in which it was asked for, after
// the kernels that were launched before; only read() and write() make the host wait.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;

  virtual void* allocate(std::size_t bytes) = 0;  // 64-byte aligned, uninitialised; bytes > 0
  virtual void release(void* data) noexcept = 0;
  virtual void zero(void* data, std::size_t bytes) = 0;
  virtual void fill(float* data, float value, std::size_t count) = 0;
  virtual void fill(double* data, double value, std::size_t count) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;    // within the device
  virtual void write(void* to, const void* host, std::size_t bytes) = 0;   // from the host
  virtual void read(void* host, const void* from, std::size_t bytes) = 0;  // to the host
};

// Rejects Device::cuda, saying why, where cuda_problem() is not null.
DeviceMemory& memory_of(Device device);

// Why CUDA cannot be used, in a few words that fit after "CUDA is not available: ", or null when it
// can. The first call looks for a GPU.
const char* cuda_problem();

// Where the CUDA part of the library, or what stands for it in a build without, joins it. Sets the
// kernels of models/ops/cuda and `memory`, or returns why not.
const char* install_cuda(DeviceMemory*& memory);

}  // namespace seqrl

// A device: its memory, its queue, and captured work that it can repeat.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "models/core/dtype.h"

namespace seqrl {

// Captured work of a device, which can be queued again as a whole.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  virtual void replay() = 0;
  virtual std::size_t size() const = 0;  // the number of kernels, clears and copies
};

// An event: a point in a device's queue that the host can wait for.
class DeviceEvent {
 public:
  virtual ~DeviceEvent() = default;
  virtual void record() = 0;  // moves the event behind everything queued so far
  virtual void wait() = 0;    // until the device reaches it; returns at once if never recorded
};

// The memory and the queue of one device. All work, including kernels, runs in the order in which
// it was queued. Only read(), write() and events make the host wait. Only one thread at a time may
// queue work.
class DeviceRuntime {
 public:
  virtual ~DeviceRuntime() = default;

  virtual void* allocate(std::size_t bytes) = 0;  // 64-byte aligned, uninitialised; bytes > 0
  virtual void release(void* data) noexcept = 0;
  virtual void zero(void* data, std::size_t bytes) = 0;
  virtual void fill(float* data, float value, std::size_t count) = 0;
  virtual void fill(double* data, double value, std::size_t count) = 0;
  virtual void copy(void* to, const void* from, std::size_t bytes) = 0;    // within the device
  virtual void write(void* to, const void* host, std::size_t bytes) = 0;   // from the host
  virtual void read(void* host, const void* from, std::size_t bytes) = 0;  // to the host

  // Copies that the host does not wait for; Device::cuda only. `host` is in memory from
  // allocate_host(). The host must not touch it before it has waited for an event recorded after
  // the copy. HostBuffer (models/core/transfer.h) ensures this.
  virtual void* allocate_host(std::size_t bytes) = 0;  // 64-byte aligned, uninitialised; bytes > 0
  virtual void release_host(void* data) noexcept = 0;
  virtual void queue_write(void* to, const void* host, std::size_t bytes) = 0;
  virtual void queue_read(void* host, const void* from, std::size_t bytes) = 0;
  virtual std::unique_ptr<DeviceEvent> make_event() = 0;

  // Queues two pieces of work that may run at the same time: neither reads or writes what the other
  // writes. Work queued later runs after both.
  virtual void overlap(const std::function<void()>& one, const std::function<void()>& other) = 0;

  // Bytes that are allocated now. Device::cuda only.
  virtual std::size_t allocated() const = 0;

  // The model, the driver and the library of matrix products. Device::cuda only.
  virtual std::string description() const = 0;
  // Identifies the device within this machine: the same for all processes that use it.
  // Device::cuda only.
  virtual std::string identity() const = 0;

  // Captures the kernels, zero(), fill() and copy() that `work` queues, with their arguments,
  // instead of running them. `work` must not allocate, read, write or record events. Device::cuda
  // only.
  virtual std::unique_ptr<DeviceGraph> capture(const std::function<void()>& work) = 0;
};

// Rejects Device::cuda with the reason if cuda_problem() is not null.
DeviceRuntime& runtime_of(Device device);

// Selects the GPU that Device::cuda means, by its number among the GPUs that the process sees
// (CUDA_VISIBLE_DEVICES). The default is the first. Call it before anything looks for a GPU;
// afterwards it rejects any other number if CUDA is available.
void choose_gpu(int number);
// The same for one of several processes that share the GPUs of a machine: selects number `process`
// modulo the number of GPUs, unless choose_gpu() selects one.
void share_gpus(int process);
int chosen_gpu();
// The same, once `count` GPUs have been found.
int chosen_gpu(int count);

// Why CUDA cannot be used, in a few words that fit after "CUDA is not available: ", or null when it
// can. The first call looks for a GPU.
const char* cuda_problem();

// Connects the CUDA part of the library, or its stub in a build without CUDA. Sets the kernels of
// models/ops/cuda and `runtime`, or returns the reason why it cannot.
const char* install_cuda(DeviceRuntime*& runtime);

}  // namespace seqrl

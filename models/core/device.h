// A device: its memory, its queue, and work that is captured to be repeated.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "models/core/dtype.h"

namespace seqrl {

// Work of a device that was captured, to be queued again as a whole.
class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  virtual void replay() = 0;
  virtual std::size_t size() const = 0;  // how many kernels, clears and copies it is
};

// An event: a point of a device's queue, which the host can wait for.
class DeviceEvent {
 public:
  virtual ~DeviceEvent() = default;
  virtual void record() = 0;  // behind all that was queued so far, not where it was before
  virtual void wait() = 0;  // until the device has come to it; not at all where it was not recorded
};

// The memory and the queue of one device. What works on it happens in the order in which it was
// queued, kernels too; only read(), write() and events make the host wait. One thread at a time
// may queue.
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

  // Copies that the host does not wait for, all of Device::cuda only. `host` is in memory of
  // allocate_host(): the host must leave it alone until an event recorded after the copy has been
  // waited for. HostBuffer (models/core/transfer.h) sees to that.
  virtual void* allocate_host(std::size_t bytes) = 0;  // 64-byte aligned, uninitialised; bytes > 0
  virtual void release_host(void* data) noexcept = 0;
  virtual void queue_write(void* to, const void* host, std::size_t bytes) = 0;
  virtual void queue_read(void* host, const void* from, std::size_t bytes) = 0;
  virtual std::unique_ptr<DeviceEvent> make_event() = 0;

  // Asks for two pieces of work that may go on at the same time: neither reads or writes what the
  // other writes. What is queued later comes after both.
  virtual void overlap(const std::function<void()>& one, const std::function<void()>& other) = 0;

  // Bytes that are allocated now. Of Device::cuda only.
  virtual std::size_t allocated() const = 0;

  // What computes: model, driver and library of products. Of Device::cuda only.
  virtual std::string description() const = 0;
  // Which of the devices of this machine it is: the same for all processes that have it. Of
  // Device::cuda only.
  virtual std::string identity() const = 0;

  // Keeps the kernels, zero(), fill() and copy() that `work` queues, with their arguments,
  // instead of doing them. It must not allocate, read, write or record events. Of Device::cuda
  // only.
  virtual std::unique_ptr<DeviceGraph> capture(const std::function<void()>& work) = 0;
};

// Rejects Device::cuda, saying why, where cuda_problem() is not null.
DeviceRuntime& runtime_of(Device device);

// Makes Device::cuda this one of the GPUs that the process sees (CUDA_VISIBLE_DEVICES); the first
// where nobody calls it. To be called before anything looks for a GPU: afterwards it rejects
// others.
void choose_gpu(int number);
// The same for one of several processes that share the GPUs of a machine: number `process` modulo
// how many there are, unless choose_gpu() names one.
void share_gpus(int process);
int chosen_gpu();
// The same, where `count` GPUs have been found.
int chosen_gpu(int count);

// Why CUDA cannot be used, in a few words that fit after "CUDA is not available: ", or null when it
// can. The first call looks for a GPU.
const char* cuda_problem();

// Where the CUDA part of the library, or what stands for it in a build without, joins it. Sets the
// kernels of models/ops/cuda and `runtime`, or returns why not.
const char* install_cuda(DeviceRuntime*& runtime);

}  // namespace seqrl

// Buffers for asynchronous copies between the host and a device.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "models/core/tensor.h"

namespace seqrl {

// Host memory that a device copies from and to by itself. The host accesses it through values(),
// which waits for the queued copies. The span must not be used after the next copy is queued.
class HostBuffer {
 public:
  HostBuffer(std::size_t bytes, Device device);
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;
  ~HostBuffer();  // also waits

  template <typename T>
  std::span<T> values() {
    event_->wait();
    return {static_cast<T*>(data_), bytes_ / sizeof(T)};
  }

  // Queue a copy of the first bytes to the device, or from the device to them.
  void queue_write(void* to, std::size_t bytes);
  void queue_read(const Tensor& from);

 private:
  DeviceRuntime& runtime_;
  std::size_t bytes_;
  std::unique_ptr<DeviceEvent> event_;  // behind the last copy
  void* data_;
};

// Device tensors that the host rewrites repeatedly. They are contiguous and go over in one copy.
// Two buffers are used in turn, so that the host writes the next values while the device still
// works with the last ones.
class Upload {
 public:
  struct Part {
    Shape shape;
    DType dtype;
  };
  Upload(const std::vector<Part>& parts, Device device);

  // Part i on the device, 64-byte aligned: for work queued after send().
  const Tensor& on_device(std::size_t i) const { return tensors_[i]; }

  // Part i on the host, to be written before send(). send() copies all parts; none keeps its old
  // values. Waits until the last but one send() has been copied.
  template <typename T>
  std::span<T> on_host(std::size_t i) {
    const Tensor& tensor = tensors_[i];
    const std::span<std::byte> bytes = buffers_[turn_].values<std::byte>();
    const Tensor here(bytes.data() + offsets_[i], tensor.shape(), tensor.dtype());
    return here.span<T>();
  }

  void send();

 private:
  std::vector<std::size_t> offsets_;  // of the parts, and the end of the last
  Storage memory_;
  std::vector<Tensor> tensors_;
  std::array<HostBuffer, 2> buffers_;
  std::size_t turn_ = 0;
};

}  // namespace seqrl

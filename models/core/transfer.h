// Buffers for copies between the host and a device that neither waits for.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "models/core/tensor.h"

namespace seqrl {

// Memory of the host that a device copies from and to by itself. The host gets to it through
// values(), which waits for the queued copies: what it got must not be used across the
// next one.
class HostBuffer {
 public:
  HostBuffer(std::size_t bytes, Device device);
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;
  ~HostBuffer();  // waits, too

  template <typename T>
  std::span<T> values() {
    event_->wait();
    return {static_cast<T*>(data_), bytes_ / sizeof(T)};
  }

  // Ask for a copy of its first bytes to the device, or to them.
  void queue_write(void* to, std::size_t bytes);
  void queue_read(const Tensor& from);

 private:
  DeviceRuntime& runtime_;
  std::size_t bytes_;
  std::unique_ptr<DeviceEvent> event_;  // behind the last copy
  void* data_;
};

// Tensors of a device that the host writes anew again and again. They lie side by side and go over
// in one copy; as there are two buffers, used in turn, the host writes the next values while the
// device still works with the last.
class Upload {
 public:
  struct Part {
    Shape shape;
    DType dtype;
  };
  Upload(const std::vector<Part>& parts, Device device);

  // Part i as the device has it, 64-byte aligned: for what is queued after send().
  const Tensor& on_device(std::size_t i) const { return tensors_[i]; }

  // Part i as the host writes it before send(), which takes all parts: none keeps its old values.
  // Waits until the values sent before the last ones have gone over.
  template <typename T>
  std::span<T> on_host(std::size_t i) {
    const Tensor& tensor = tensors_[i];
    const std::span<std::byte> bytes = buffers_[turn_].values<std::byte>();
    const Tensor here(bytes.data() + offsets_[i], tensor.shape(), tensor.dtype());
    return here.span<T>();
  }

  void send();

 private:
  std::vector<std::size_t> offsets_;  // of the parts, and where the last one ends
  Storage memory_;
  std::vector<Tensor> tensors_;
  std::array<HostBuffer, 2> buffers_;
  std::size_t turn_ = 0;
};

}  // namespace seqrl

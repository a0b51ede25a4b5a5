// A tensor: a view with a shape on memory that an arena or a storage owns.
#pragma once

#include <cstdint>
#include <span>

#include "models/core/device.h"
#include "models/core/dtype.h"
#include "models/core/shape.h"

namespace seqrl {

class Tape;

// Contiguous and row-major. Copying copies the view. Memory belongs to an Arena (the results of a
// pass, valid until its Tape starts the next pass) or to a Storage (parameters, states).
class Tensor {
 public:
  Tensor() = default;
  Tensor(void* data, Shape shape, DType dtype, Device device = Device::cpu)
      : data_(data), shape_(shape), dtype_(dtype), device_(device) {}

  bool defined() const { return data_ != nullptr; }
  const Shape& shape() const { return shape_; }
  std::int64_t dim(int axis) const { return shape_[axis]; }
  std::int64_t size() const { return shape_.size(); }
  std::size_t bytes() const { return static_cast<std::size_t>(size()) * size_of(dtype_); }
  DType dtype() const { return dtype_; }
  Device device() const { return device_; }

  // An address in the memory of the tensor's device. The host may dereference it only on
  // Device::cpu.
  void* raw() const { return data_; }
  template <typename T>
  T* data() const {
    SEQRL_CHECK(dtype_ == dtype_of<T>());
    return static_cast<T*>(data_);
  }
  template <typename T>
  std::span<T> span() const {  // Device::cpu only
    SEQRL_CHECK(device_ == Device::cpu);
    return {data<T>(), static_cast<std::size_t>(size())};
  }

  // The same elements with another shape of the same size; shares the gradient.
  Tensor reshaped(Shape shape) const;

  // How a tape differentiates with respect to this tensor.
  bool requires_gradient() const { return slot_ != kNoGradient && !frozen_; }
  bool is_parameter() const { return slot_ <= kFirstParameter; }
  std::int64_t parameter_offset() const { return kFirstParameter - slot_; }
  Tensor as_parameter(std::int64_t offset) const;
  // The same elements, without a gradient.
  Tensor frozen() const;
  Tape* tape() const { return tape_; }

 private:
  friend class Tape;
  static constexpr std::int64_t kNoGradient = -1, kFirstParameter = -2;

  void* data_ = nullptr;
  Shape shape_;
  DType dtype_ = DType::f32;
  Device device_ = Device::cpu;
  // kNoGradient, or the index of its gradient on the tape, or kFirstParameter − offset in the
  // parameter block.
  std::int64_t slot_ = kNoGradient;
  bool frozen_ = false;
  Tape* tape_ = nullptr;
};

// zero() fills a tensor with zeros. copy() copies to a tensor of the same size, dtype and device.
void zero(const Tensor& tensor);
void copy(const Tensor& from, const Tensor& to);

// Copy between host memory, of the tensor's size, and a tensor on any device.
template <typename T>
void write(std::span<const T> host, const Tensor& to) {
  SEQRL_CHECK(host.size_bytes() == to.bytes() && to.dtype() == dtype_of<T>());
  runtime_of(to.device()).write(to.raw(), host.data(), to.bytes());
}
template <typename T>
void read(const Tensor& from, std::span<T> host) {
  SEQRL_CHECK(host.size_bytes() == from.bytes() && from.dtype() == dtype_of<T>());
  runtime_of(from.device()).read(host.data(), from.raw(), from.bytes());
}

// Memory that outlives a pass: 64-byte aligned, zero-filled unless `fill` is none.
class Storage {
 public:
  enum class Fill : bool { none, zero };

  Storage() = default;
  explicit Storage(std::size_t bytes, Device device = Device::cpu, Fill fill = Fill::zero);
  ~Storage();
  Storage(Storage&& other) noexcept;
  Storage& operator=(Storage&& other) noexcept;

  std::byte* data() const { return data_; }
  std::size_t bytes() const { return bytes_; }
  Device device() const { return device_; }

 private:
  std::byte* data_ = nullptr;
  std::size_t bytes_ = 0;
  Device device_ = Device::cpu;
};

}  // namespace seqrl

#include "models/core/tensor.h"

#include <new>
#include <utility>

#include "configs/base/memory.h"

namespace seqrl {
namespace {

constexpr std::size_t kLarge = std::size_t{1} << 28;  // checked against the available memory

}  // namespace

Tensor Tensor::reshaped(Shape shape) const {
  SEQRL_CHECK(shape.size() == shape_.size());
  Tensor result = *this;
  result.shape_ = shape;
  return result;
}

Tensor Tensor::as_parameter(std::int64_t offset) const {
  Tensor result = *this;
  result.slot_ = kFirstParameter - offset;
  return result;
}

Tensor Tensor::frozen() const {
  Tensor result = *this;
  result.frozen_ = true;
  return result;
}

void zero(const Tensor& tensor) {
  runtime_of(tensor.device()).zero(tensor.raw(), tensor.bytes());
}

void copy(const Tensor& from, const Tensor& to) {
  SEQRL_CHECK(from.bytes() == to.bytes() && from.dtype() == to.dtype() &&
              from.device() == to.device());
  runtime_of(to.device()).copy(to.raw(), from.raw(), to.bytes());
}

Storage::Storage(std::size_t bytes, Device device, Fill fill) : bytes_(bytes), device_(device) {
  // Linux overcommits memory and later kills the process that uses it.
  if (device == Device::cpu && bytes >= kLarge && static_cast<double>(bytes) > available_memory()) {
    throw std::bad_alloc();
  }
  // At least one byte, so that a tensor without elements is still defined.
  DeviceRuntime& runtime = runtime_of(device);
  data_ = static_cast<std::byte*>(runtime.allocate(bytes > 0 ? bytes : 1));
  if (fill == Fill::zero) runtime.zero(data_, bytes);
}

Storage::~Storage() {
  if (data_) runtime_of(device_).release(data_);
}

Storage::Storage(Storage&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      bytes_(std::exchange(other.bytes_, 0)),
      device_(other.device_) {}

Storage& Storage::operator=(Storage&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  std::swap(device_, other.device_);
  return *this;
}

}  // namespace seqrl

#include "models/core/tensor.h"

#include <cstring>
#include <new>
#include <utility>

namespace seqrl {
namespace {

constexpr std::align_val_t kAlignment{64};

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

Storage::Storage(std::size_t bytes) : bytes_(bytes) {
  // One byte at least: a tensor of no elements is still a defined one.
  data_ = static_cast<std::byte*>(::operator new(bytes > 0 ? bytes : 1, kAlignment));
  std::memset(data_, 0, bytes);
}

Storage::~Storage() {
  ::operator delete(data_, kAlignment);
}

Storage::Storage(Storage&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Storage& Storage::operator=(Storage&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace seqrl

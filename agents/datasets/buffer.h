// A buffer is a contiguous block of numbers, together with the owner of its memory.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace seqrl {

// Owns its block through its holder: a vector of this process, or memory filled by a child process
// (see isolate.h). Movable, not copyable: a dataset's arrays exist once.
template <typename T>
class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::vector<T> values) {
    auto holder = std::make_shared<std::vector<T>>(std::move(values));
    data_ = holder->data();
    size_ = holder->size();
    holder_ = std::move(holder);
  }
  // `memory` points to `size` values and stays valid as long as it is held.
  Buffer(std::shared_ptr<void> memory, std::size_t size)
      : holder_(std::move(memory)), data_(static_cast<T*>(holder_.get())), size_(size) {}

  Buffer(Buffer&& other) noexcept
      : holder_(std::move(other.holder_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    holder_ = std::move(other.holder_);
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<const T> values() const { return {data_, size_}; }
  std::span<T> values() { return {data_, size_}; }

  // Keeps the first `size` values; the memory stays as it is.
  void truncate(std::size_t size) {
    if (size < size_) size_ = size;
  }

 private:
  std::shared_ptr<void> holder_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace seqrl

// An arena: a bump allocator for the tensors of one pass.
#pragma once

#include <cstddef>
#include <vector>

#include "models/core/tensor.h"

namespace seqrl {

// The arena grows during the first pass and takes little more memory than the pass needs. From the
// second reset on, the same sequence of requests gets the same addresses and nothing is allocated.
// If SEQRL_POISON is defined, host memory is filled with NaN when it is allocated and when freed.
class Arena {
 public:
  explicit Arena(Device device = Device::cpu) : device_(device) {}
  Device device() const { return device_; }

  // 64-byte aligned, uninitialised, valid until reset().
  void* allocate(std::size_t bytes);

  // Frees everything; memory that was split over several blocks is joined into one.
  void reset();

  std::size_t capacity() const;
  std::size_t used() const { return used_before_ + used_; }  // handed out since reset()

 private:
  Storage make_block(std::size_t bytes) const;
  void poison(std::byte* memory, std::size_t bytes) const;

  Device device_;
  std::vector<Storage> blocks_;  // the last one is being filled
  std::vector<Storage> large_;   // one per large request
  std::size_t used_ = 0;         // bytes of the block that is being filled
  std::size_t used_before_ = 0;  // bytes of the others
};

}  // namespace seqrl

// All parameters of a model in one contiguous block.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/core/tensor.h"
#include "models/nn/module.h"

namespace seqrl {

// With one block, the optimizer, the sum over shards, a copy to a device and a checkpoint are each
// one pass over memory. Every parameter begins at a multiple of 64 bytes; gaps stay zero.
class ParameterBlock {
 public:
  static constexpr std::int64_t kAlignment = 16;  // elements: 64 bytes of float32

  struct Entry {
    std::string name;
    Parameter* parameter;
    std::int64_t offset;  // in elements
  };

  // Assigns every parameter below `root` its place and its initial value, a function of the seed
  // and of the parameter's position. The module must outlive the block.
  ParameterBlock(Module& root, DType dtype, std::uint64_t seed, Device device = Device::cpu);

  DType dtype() const { return dtype_; }
  Device device() const { return buffer_.device(); }
  const std::vector<Entry>& entries() const { return entries_; }

  // The whole block, including gaps, as one dimension; and a zero-filled buffer of the same layout.
  Tensor flat() const { return Tensor(buffer_.data(), {elements_}, dtype_, device()); }
  Storage make_buffer() const { return Storage(buffer_.bytes(), device()); }

  // A copy of the values on the CPU, in the layout of flat().
  Storage values() const;
  // Copies the values of a block of the same layout, on any device.
  void copy_values_from(const ParameterBlock& other);

  // The number of parameters as papers count them: elements without the gaps.
  std::int64_t count() const { return count_; }

 private:
  DType dtype_;
  std::vector<Entry> entries_;
  std::int64_t elements_ = 0, count_ = 0;
  Storage buffer_;
};

}  // namespace seqrl

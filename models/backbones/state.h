// A backbone's state: what it remembers between chunks of a sequence.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "models/core/tape.h"
#include "models/core/tensor.h"
#include "models/ops/position.h"

namespace seqrl {

// A few tensors for each layer, every one with the batch as first dimension: a hidden vector, the
// window of a convolution, the keys and values of attention. Owns its memory; allocates only when
// layers are added or grow.
class State {
 public:
  State(std::int64_t batch, DType dtype, Device device = Device::cpu)
      : batch_(batch), dtype_(dtype), device_(device) {}

  // Adds a layer that remembers tensors (batch, shape…), zero-filled.
  void add_layer(std::initializer_list<Shape> shapes);

  // Makes the tensors (batch, rows, …) of layer i at least `rows` rows long, and then twice as long
  // as before, so that growing row by row costs little; earlier rows keep their contents.
  void reserve(int i, std::int64_t rows);

  // The tensors of layer i; a layer reads and overwrites them in place.
  std::span<const Tensor> layer(int i) const;
  int layers() const { return static_cast<int>(layers_.size()); }

  std::int64_t batch() const { return batch_; }
  DType dtype() const { return dtype_; }
  std::size_t bytes() const;  // of one copy of the whole batch's memory

  // Tokens seen so far by every sequence.
  std::int64_t length() const {
    depends_on_length_ = true;
    return length_;
  }
  void advance(std::int64_t tokens);

  // The same for ops, which read it where they run once count_on_device() was called. That counts
  // from the beginning, and on the CPU does nothing.
  Position position() const;
  void count_on_device();

  // Whether going on from it depends on its length: the host has asked for that, or for more rows.
  // If not, every step is the same work on the same memory.
  bool depends_on_length() const { return depends_on_length_; }

  // Goes on with these sequences only, in this order; `rows` ascend. The others are forgotten.
  void keep(std::span<const std::int64_t> rows);

  // A copy of these sequences only, in this order; `rows` ascend.
  State select(std::span<const std::int64_t> rows) const;

 private:
  // Adds a zero-filled tensor to the last layer.
  const Tensor& add(const Shape& shape);

  std::int64_t batch_;
  DType dtype_;
  Device device_;
  std::int64_t length_ = 0;
  mutable bool depends_on_length_ = false;
  Storage counter_;  // the length in the device's memory, or nothing
  std::vector<std::vector<Tensor>> layers_;
  std::vector<std::vector<Storage>> buffers_;  // of each tensor of each layer
};

// What a layer remembers, as an op's input: itself or, on a tape that records, a copy, because the
// layer overwrites it before the op's backward rule reads it.
Tensor remembered_input(Tape& tape, const Tensor& remembered);

}  // namespace seqrl

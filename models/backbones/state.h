// A backbone's state between chunks of a sequence.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "models/core/tape.h"
#include "models/core/tensor.h"
#include "models/ops/position.h"

namespace seqrl {

// A few tensors for each layer, all with the batch as the first dimension: a hidden vector, the
// window of a convolution, the keys and values of attention. Owns its memory; allocates only when
// layers are added or grow.
class State {
 public:
  State(std::int64_t batch, DType dtype, Device device = Device::cpu)
      : batch_(batch), dtype_(dtype), device_(device) {}

  // Adds a layer of tensors (batch, shape…), zero-filled.
  void add_layer(std::initializer_list<Shape> shapes);

  // Makes the tensors (batch, rows, …) of layer i at least `rows` rows long. If they grow, they at
  // least double, so that growing row by row is cheap. Existing rows keep their contents.
  void reserve(int i, std::int64_t rows);

  // The tensors of layer i; a layer reads and overwrites them in place.
  std::span<const Tensor> layer(int i) const;
  int layers() const { return static_cast<int>(layers_.size()); }

  std::int64_t batch() const { return batch_; }
  DType dtype() const { return dtype_; }
  std::size_t bytes() const;  // of one copy of the state of the whole batch

  // Tokens seen so far by every sequence.
  std::int64_t length() const {
    depends_on_length_ = true;
    return length_;
  }
  void advance(std::int64_t tokens);

  // The length in the form that ops take. After count_on_device(), to be called at length 0, a
  // device counts in its own memory, where ops read the length. On the CPU count_on_device() does
  // nothing.
  Position position() const;
  void count_on_device();

  // Whether the work of a step depends on the length: the host has read it or has requested more
  // rows. If not, every step is the same work on the same memory, and a graph can replay it.
  bool depends_on_length() const { return depends_on_length_; }

  // Keeps the sequences `rows`, ascending, and drops the others.
  void keep(std::span<const std::int64_t> rows);

  // A copy that holds only the sequences `rows`, ascending.
  State select(std::span<const std::int64_t> rows) const;

 private:
  // Adds a zero-filled tensor to the last layer.
  const Tensor& add(const Shape& shape);

  std::int64_t batch_;
  DType dtype_;
  Device device_;
  std::int64_t length_ = 0;
  mutable bool depends_on_length_ = false;
  Storage counter_;  // the length in the device's memory, or empty
  std::vector<std::vector<Tensor>> layers_;
  std::vector<std::vector<Storage>> buffers_;  // of each tensor of each layer
};

// A state's tensor as an op's input: the tensor itself or, on a tape that records, a copy, because
// the layer overwrites the state before the op's backward rule reads it.
Tensor state_input(Tape& tape, const Tensor& state);

}  // namespace seqrl

#include "models/backbones/state.h"

#include <algorithm>
#include <utility>

#include "configs/base/error.h"

namespace seqrl {
namespace {

Shape with_batch(std::int64_t batch, const Shape& shape) {
  switch (shape.rank()) {
    case 0:
      return {batch};
    case 1:
      return {batch, shape[0]};
    case 2:
      return {batch, shape[0], shape[1]};
    default:
      return {batch, shape[0], shape[1], shape[2]};
  }
}

Shape without_batch(const Shape& shape) {
  switch (shape.rank()) {
    case 1:
      return {};
    case 2:
      return {shape[1]};
    case 3:
      return {shape[1], shape[2]};
    default:
      return {shape[1], shape[2], shape[3]};
  }
}

Shape with_first(std::int64_t dim, const Shape& shape) {
  return with_batch(dim, without_batch(shape));
}

// Copies rows of `from` contiguously to `to`, which may be the memory of `from`: `rows` ascend.
void copy_rows(const Tensor& from, std::span<const std::int64_t> rows, void* to) {
  const auto bytes =
      static_cast<std::size_t>(without_batch(from.shape()).size()) * size_of(from.dtype());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    SEQRL_CHECK(rows[i] >= static_cast<std::int64_t>(i) && rows[i] < from.dim(0));
    if (rows[i] == static_cast<std::int64_t>(i) && to == from.raw()) continue;
    runtime_of(from.device())
        .copy(static_cast<std::byte*>(to) + i * bytes,
              static_cast<const std::byte*>(from.raw()) + static_cast<std::size_t>(rows[i]) * bytes,
              bytes);
  }
}

std::int64_t* counter_of(const Storage& memory) {
  return reinterpret_cast<std::int64_t*>(memory.data());
}

}  // namespace

void State::add_layer(std::initializer_list<Shape> shapes) {
  layers_.emplace_back();
  buffers_.emplace_back();
  for (const Shape& shape : shapes) add(with_batch(batch_, shape));
}

const Tensor& State::add(const Shape& shape) {
  const auto bytes = static_cast<std::size_t>(shape.size()) * size_of(dtype_);
  std::byte* data = buffers_.back().emplace_back(bytes, device_).data();
  return layers_.back().emplace_back(data, shape, dtype_, device_);
}

void State::reserve(int i, std::int64_t rows) {
  depends_on_length_ = true;
  SEQRL_CHECK(i >= 0 && static_cast<std::size_t>(i) < layers_.size());
  std::vector<Tensor>& layer = layers_[static_cast<std::size_t>(i)];
  std::vector<Storage>& buffers = buffers_[static_cast<std::size_t>(i)];
  for (std::size_t j = 0; j < layer.size(); ++j) {
    const Tensor old = layer[j];
    SEQRL_CHECK(old.shape().rank() >= 2);
    if (old.dim(1) >= rows) continue;
    const Shape tail = without_batch(old.shape());
    const Shape grown = with_first(std::max(rows, 2 * old.dim(1)), tail);
    const std::size_t bytes = static_cast<std::size_t>(tail.size()) * size_of(dtype_);
    const std::size_t grown_bytes = static_cast<std::size_t>(grown.size()) * size_of(dtype_);
    Storage memory(static_cast<std::size_t>(batch_) * grown_bytes, device_);
    for (std::size_t b = 0; b < static_cast<std::size_t>(batch_); ++b) {
      runtime_of(device_).copy(memory.data() + b * grown_bytes,
                               static_cast<const std::byte*>(old.raw()) + b * bytes, bytes);
    }
    layer[j] = Tensor(memory.data(), with_batch(batch_, grown), dtype_, device_);
    buffers[j] = std::move(memory);
  }
}

void State::advance(std::int64_t tokens) {
  length_ += tokens;
  if (counter_.bytes() > 0) advance_position(counter_of(counter_), tokens);
}

Position State::position() const {
  return counter_.bytes() > 0 ? Position(0, counter_of(counter_)) : Position(length());
}

void State::count_on_device() {
  if (device_ == Device::cpu || counter_.bytes() > 0) return;
  SEQRL_CHECK(length_ == 0);
  counter_ = Storage(sizeof(std::int64_t), device_);
}

std::span<const Tensor> State::layer(int i) const {
  SEQRL_CHECK(i >= 0 && static_cast<std::size_t>(i) < layers_.size());
  return layers_[static_cast<std::size_t>(i)];
}

std::size_t State::bytes() const {
  std::size_t total = 0;
  for (const auto& layer : layers_) {
    for (const Tensor& tensor : layer) total += tensor.bytes();
  }
  return total;
}

void State::keep(std::span<const std::int64_t> rows) {
  const auto kept = static_cast<std::int64_t>(rows.size());
  for (auto& layer : layers_) {
    for (Tensor& tensor : layer) {
      copy_rows(tensor, rows, tensor.raw());
      tensor = Tensor(tensor.raw(), with_first(kept, tensor.shape()), dtype_, device_);
    }
  }
  batch_ = kept;
}

State State::select(std::span<const std::int64_t> rows) const {
  State part(static_cast<std::int64_t>(rows.size()), dtype_, device_);
  part.length_ = length_;
  if (counter_.bytes() > 0) {
    part.counter_ = Storage(counter_.bytes(), device_);
    runtime_of(device_).copy(part.counter_.data(), counter_.data(), counter_.bytes());
  }
  for (const auto& layer : layers_) {
    part.add_layer({});
    for (const Tensor& tensor : layer) {
      copy_rows(tensor, rows, part.add(with_first(part.batch_, tensor.shape())).raw());
    }
  }
  return part;
}

Tensor state_input(Tape& tape, const Tensor& state) {
  if (!tape.recording()) return state;
  const Tensor kept = tape.constant(state.shape(), state.dtype());
  copy(state, kept);
  return kept;
}

}  // namespace seqrl

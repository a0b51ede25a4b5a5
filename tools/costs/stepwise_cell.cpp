#include "tools/costs/stepwise_cell.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "models/ops/elementwise.h"
#include "models/ops/rearrange.h"

namespace seqrl::tools {
namespace {

Tensor filled(Tape& tape, const Shape& shape, float value) {
  const Tensor tensor = tape.constant(shape, DType::f32);
  std::ranges::fill(tensor.span<float>(), value);
  return tensor;
}

std::int64_t gates_of(StepwiseCell::Kind kind) {
  return kind == StepwiseCell::Kind::gru ? 3 : 4;
}

// Part `index` of gates (batch, gates · dim).
Tensor part(const Tensor& gates, std::int64_t index, std::int64_t dim) {
  return slice_last(gates, index * dim, dim);
}

Tensor sigmoid(const Tensor& x) {
  return activate(x, Activation::sigmoid);
}

Tensor tanh(const Tensor& x) {
  return activate(x, Activation::tanh);
}

}  // namespace

StepwiseCell::Layer::Layer(Module* parent, std::string name, std::int64_t gates, std::int64_t dim)
    : Module(parent, std::move(name)),
      norm(this, "norm", dim),
      inputs(this, "inputs", dim, gates * dim),
      recurrence(this, "recurrence", dim, gates * dim),
      down(this, "down", dim, dim) {}

StepwiseCell::StepwiseCell(Kind kind, std::int64_t dim, std::int64_t layers)
    : Module(nullptr, ""), kind_(kind), dim_(dim) {
  for (std::int64_t i = 0; i < layers; ++i) {
    layers_.push_back(
        std::make_unique<Layer>(this, fmt::format("layers.{}", i), gates_of(kind), dim));
  }
  norm_ = std::make_unique<LayerNorm>(this, "norm", dim);
}

// The equations of models/ops/recurrent.h.
Tensor StepwiseCell::step(const Layer& layer, const Tensor& x, Memory& memory) const {
  const Tensor inputs = layer.inputs(x), recurrence = layer.recurrence(memory.h);
  if (kind_ == Kind::gru) {
    const auto sum = [&](std::int64_t gate) {
      return add(part(inputs, gate, dim_), part(recurrence, gate, dim_));
    };
    const Tensor r = sigmoid(sum(0)), z = sigmoid(sum(1));
    const Tensor n = tanh(add(part(inputs, 2, dim_), multiply(r, part(recurrence, 2, dim_))));
    const Tensor one_minus_z = add(memory.one, multiply(memory.minus_one, z));
    memory.h = add(multiply(one_minus_z, n), multiply(z, memory.h));
  } else {
    const Tensor sums = add(inputs, recurrence);
    const Tensor i = sigmoid(part(sums, 0, dim_)), f = sigmoid(part(sums, 1, dim_));
    const Tensor g = tanh(part(sums, 2, dim_)), o = sigmoid(part(sums, 3, dim_));
    memory.c = add(multiply(f, memory.c), multiply(i, g));
    memory.h = multiply(o, tanh(memory.c));
  }
  return memory.h;
}

void StepwiseCell::forward(std::span<Tensor> tokens) const {
  SEQRL_CHECK(!tokens.empty());
  Tape& tape = *tokens[0].tape();
  const Shape shape = tokens[0].shape();
  const Tensor zero = filled(tape, shape, 0);
  const Memory start{zero, zero, filled(tape, shape, 1), filled(tape, shape, -1)};
  for (const auto& layer : layers_) {
    Memory memory = start;
    for (Tensor& x : tokens) x = add(x, layer->down(step(*layer, layer->norm(x), memory)));
  }
  for (Tensor& x : tokens) x = (*norm_)(x);
}

}  // namespace seqrl::tools

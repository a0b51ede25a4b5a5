#include "models/core/tape.h"

#include <algorithm>
#include <utility>

namespace seqrl {

void Tape::begin(const Pass& pass) {
  arena_.reset();
  rules_.reset();
  nodes_.clear();
  gradients_.clear();
  ones_ = {};
  spent_.clear();
  row_sums_.clear();
  deferred_.clear();
  dropouts_ = 0;
  pass_ = pass;
  begin_op("inputs");
}

void Tape::set_packed_weights(std::initializer_list<const WeightPanels*> packed) {
  SEQRL_CHECK(packed.size() <= kMaxPackedWeights);
  packed_weights_ = {};
  std::ranges::copy(packed, packed_weights_.begin());
}

WeightPanels::Panels Tape::find_panels(const Tensor& weight) const {
  for (const WeightPanels* weights : packed_weights_) {
    if (!weights) continue;
    if (const WeightPanels::Panels panels = weights->find(weight); panels.forward) return panels;
  }
  return {};
}

Tensor Tape::view(void* data, Shape shape, DType dtype) {
  Tensor tensor(data, shape, dtype, device());
  tensor.tape_ = this;
  return tensor;
}

Tensor Tape::constant(Shape shape, DType dtype) {
  return view(arena_.allocate(static_cast<std::size_t>(shape.size()) * size_of(dtype)), shape,
              dtype);
}

Tensor Tape::zeros(Shape shape, DType dtype) {
  const std::size_t bytes = static_cast<std::size_t>(shape.size()) * size_of(dtype);
  if (zeros_.empty() || zeros_.back().bytes() < bytes) zeros_.emplace_back(bytes, device());
  return view(zeros_.back().data(), shape, dtype);
}

Tensor Tape::output(Shape shape, DType dtype) {
  Tensor tensor = constant(shape, dtype);
  if (pass_.record) {
    tensor.slot_ = static_cast<std::int64_t>(gradients_.size());
    gradients_.push_back(nullptr);
  }
  return tensor;
}

Tensor Tape::gradient(const Tensor& output) {
  const GradientSink found = place_of_gradient(output);
  if (!found.accumulate) zero(found.tensor);
  reading_.emplace_back(static_cast<std::byte*>(found.tensor.raw()), found.tensor.bytes());
  return found.tensor;
}

bool Tape::move_gradient(const Tensor& output, const Tensor& input) {
  SEQRL_CHECK(input.requires_gradient() && input.bytes() == output.bytes());
  if (input.is_parameter() || has_gradient_of_ones(input)) return false;
  void*& from = gradients_[static_cast<std::size_t>(output.slot_)];
  void*& to = gradients_[static_cast<std::size_t>(input.slot_)];
  if (!from || to) return false;
  std::erase_if(reading_, [&](const auto& memory) { return memory.data() == from; });
  std::swap(from, to);
  return true;
}

GradientSink Tape::sink(const Tensor& input) {
  const GradientSink found = place_of_gradient(input);
  if (!input.is_parameter() && found.accumulate) {
    std::erase_if(row_sums_, [&](const auto& of) { return of.first == input.slot_; });
  }
  return found;
}

GradientSink Tape::place_of_gradient(const Tensor& input) {
  SEQRL_CHECK(input.requires_gradient());
  if (input.is_parameter()) {
    SEQRL_CHECK(parameter_gradients_.dtype() == input.dtype());
    std::byte* base = static_cast<std::byte*>(parameter_gradients_.raw());
    const auto offset = static_cast<std::size_t>(input.parameter_offset());
    return {view(base + offset * size_of(input.dtype()), input.shape(), input.dtype()), true};
  }
  SEQRL_CHECK(input.tape() == this);
  if (has_gradient_of_ones(input)) fill_ones();
  void*& data = gradients_[static_cast<std::size_t>(input.slot_)];
  const bool accumulate = data != nullptr;
  if (!accumulate) data = gradient_memory(input.bytes());
  return {view(data, input.shape(), input.dtype()), accumulate};
}

void* Tape::gradient_memory(std::size_t bytes) {
  for (auto spent = spent_.rbegin(); spent != spent_.rend(); ++spent) {
    if (spent->size() != bytes) continue;
    void* memory = spent->data();
    spent_.erase(std::next(spent).base());
    return memory;
  }
  return arena_.allocate(bytes);
}

void Tape::keep_row_sums(const Tensor& output, const RowSums& sums) {
  if (!output.is_parameter()) row_sums_.emplace_back(output.slot_, sums);
}

Tape::RowSums Tape::row_sums(const Tensor& output) const {
  for (const auto& [slot, sums] : row_sums_) {
    if (slot == output.slot_) return sums;
  }
  return {};
}

void Tape::backward(const Tensor& loss) {
  SEQRL_CHECK(pass_.record && loss.tape() == this && loss.requires_gradient());
  ones_ = loss;
  run_backward();
}

void Tape::fill_ones() {
  const Tensor of = std::exchange(ones_, {});
  const Tensor gradient = place_of_gradient(of).tensor;
  dispatch(of.dtype(), [&]<typename T>(T) {
    runtime_of(device()).fill(gradient.data<T>(), T{1}, static_cast<std::size_t>(gradient.size()));
  });
}

void Tape::run_backward() {
  Profile* const profile = Profile::current();
  for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
    if (profile) profile->enter(node->op, true);
    reading_.clear();
    node->call(node->closure);
    spent_.insert(spent_.end(), reading_.begin(), reading_.end());
  }
  for (const auto& each : deferred_) each->finish();
  if (profile) profile->leave();
}

DropoutKey Tape::next_dropout() {
  return {pass_.seed,   pass_.step,  pass_.shard << 16 | dropouts_++,
          pass_.shards, pass_.batch, pass_.step_on_device};
}

}  // namespace seqrl

#include "models/training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/core/alignment.h"
#include "models/core/flush_denormals.h"
#include "models/ops/cpu/optimizer.h"
#include "models/ops/cuda/optimizer.h"

namespace seqrl {
namespace {

constexpr std::int64_t kPiece = 1 << 14;                       // elements that one task updates
constexpr std::int64_t kGranule = ParameterBlock::kAlignment;  // of one decay

}  // namespace

AdamW::AdamW(const ParameterBlock& block, AdamWOptions options)
    : options_(options),
      parameters_(block.flat()),
      first_buffer_(block.make_buffer()),
      second_buffer_(block.make_buffer()),
      first_moment_(first_buffer_.data(), parameters_.shape(), block.dtype(), block.device()),
      second_moment_(second_buffer_.data(), parameters_.shape(), block.dtype(), block.device()) {
  decay_.assign(static_cast<std::size_t>(parameters_.size() / kGranule), 0.0);
  for (const ParameterBlock::Entry& entry : block.entries()) {
    if (!entry.parameter->decays()) continue;
    const std::int64_t end = entry.offset + entry.parameter->shape().size();
    for (std::int64_t i = entry.offset; i < end; i += kGranule) {
      decay_[static_cast<std::size_t>(i / kGranule)] = options.weight_decay;
    }
  }
  square_norms_.resize(static_cast<std::size_t>(divide_up(parameters_.size(), kPiece)));
  if (block.device() == Device::cpu) return;
  const auto scratch = static_cast<std::size_t>(cuda::adamw_scratch(parameters_.size()));
  device_decay_ = Storage(decay_.size() * sizeof(double), block.device());
  device_scratch_ = Storage(scratch * sizeof(double), block.device());
  device_state_ = Storage(sizeof(cuda::StepState), block.device());
  runtime_of(block.device()).write(device_decay_.data(), decay_.data(), device_decay_.bytes());
  set_state({});
}

double AdamW::step(std::span<const Tensor> shard_gradients, double lr, ThreadPool& pool) {
  SEQRL_CHECK(!shard_gradients.empty() && parameters_.device() == Device::cpu);
  return dispatch(parameters_.dtype(),
                  [&]<typename T>(T) { return update_on_cpu<T>(shard_gradients, lr, pool); });
}

template <typename T>
double AdamW::update_on_cpu(std::span<const Tensor> shard_gradients, double lr, ThreadPool& pool) {
  const std::int64_t size = parameters_.size();
  const int pieces = static_cast<int>(square_norms_.size());
  T* gradient = shard_gradients[0].data<T>();

  pool.run(pieces, [&](int piece) {
    const std::int64_t first = piece * kPiece, count = std::min(kPiece, size - first);
    T* sum = gradient + first;
    for (const Tensor& shard : shard_gradients.subspan(1)) {
      cpu::add_and_clear<T>(count, sum, shard.data<T>() + first);
    }
    square_norms_[static_cast<std::size_t>(piece)] = cpu::square_norm<T>(count, sum);
  });
  double square_norm = 0;
  for (double part : square_norms_) square_norm += part;
  const double norm = std::sqrt(square_norm);
  if (!std::isfinite(norm)) {
    clear_gradients(shard_gradients);
    return norm;
  }

  const op::AdamWRates rates = next_rates(norm, lr);
  pool.run(pieces, [&](int piece) {
    const FlushDenormals flush;
    const std::int64_t first = piece * kPiece, last = std::min(first + kPiece, size);
    for (std::int64_t i = first, end; i < last; i = end) {
      const double decay = decay_[static_cast<std::size_t>(i / kGranule)];
      const auto same = [&](std::int64_t j) {
        return decay_[static_cast<std::size_t>(j / kGranule)] == decay;
      };
      for (end = i + kGranule; end < last && same(end);) end += kGranule;
      cpu::adamw<T>(end - i, rates, static_cast<T>(1 - lr * decay), parameters_.data<T>() + i,
                    first_moment_.data<T>() + i, second_moment_.data<T>() + i, gradient + i);
    }
  });
  return norm;
}

cuda::StepState* AdamW::state_on_device() const {
  return reinterpret_cast<cuda::StepState*>(device_state_.data());
}

const std::uint64_t* AdamW::step_on_device() const {
  return &state_on_device()->arguments.step;
}

void AdamW::set_next_step(std::int64_t step, double lr) {
  cuda::set_step_arguments(state_on_device(),
                           {static_cast<std::uint64_t>(step), next_rates(0, lr)});
}

void AdamW::update(const Tensor& gradient, const Tensor& loss, const AdamW* other) {
  dispatch(parameters_.dtype(), [&]<typename T>(T) {
    cuda::adamw<T>(state_on_device(), other ? other->state_on_device() : nullptr, gradient.size(),
                   options_.clip, loss.data<T>(), kGranule,
                   reinterpret_cast<const double*>(device_decay_.data()), parameters_.data<T>(),
                   first_moment_.data<T>(), second_moment_.data<T>(), gradient.data<T>(),
                   reinterpret_cast<double*>(device_scratch_.data()));
  });
}

cuda::StepState AdamW::state() {
  cuda::StepState state;
  runtime_of(Device::cuda).read(&state, state_on_device(), sizeof state);
  updates_ = state.updates;  // those that were announced, unless one failed
  return state;
}

void AdamW::set_state(const cuda::StepState& state) {
  runtime_of(Device::cuda).write(state_on_device(), &state, sizeof state);
  updates_ = state.updates;
}

void AdamW::set_updates(std::int64_t updates) {
  updates_ = updates;
  if (parameters_.device() == Device::cpu) return;
  cuda::StepState now = state();
  now.updates = updates;
  set_state(now);
}

void AdamW::polyak_update(const ParameterBlock& target, double rate, ThreadPool& pool) const {
  SEQRL_CHECK(target.flat().size() == parameters_.size());
  const std::int64_t size = parameters_.size();
  dispatch(parameters_.dtype(), [&]<typename T>(T) {
    const T* from = parameters_.data<T>();
    T* to = target.flat().data<T>();
    if (parameters_.device() == Device::cuda) {
      return cuda::polyak_update<T>(state_on_device(), size, static_cast<T>(rate), from, to);
    }
    pool.run(static_cast<int>(square_norms_.size()), [&](int piece) {
      const FlushDenormals flush;
      const std::int64_t first = piece * kPiece, count = std::min(kPiece, size - first);
      cpu::polyak_update<T>(count, static_cast<T>(rate), from + first, to + first);
    });
  });
}

// Counts an update, and says with which numbers.
op::AdamWRates AdamW::next_rates(double norm, double lr) {
  const auto t = static_cast<double>(++updates_);
  return {.scale = op::clip_scale(options_.clip, norm),
          .beta1 = options_.beta1,
          .beta2 = options_.beta2,
          .step_size = lr / (1 - std::pow(options_.beta1, t)),
          .root = 1 / std::sqrt(1 - std::pow(options_.beta2, t)),
          .epsilon = options_.epsilon,
          .lr = lr};
}

void clear_gradients(std::span<const Tensor> gradients) {
  for (const Tensor& gradient : gradients) zero(gradient);
}

double warmup_lr(double lr, std::int64_t warmup, std::int64_t step) {
  if (step + 1 >= warmup) return lr;
  return lr * static_cast<double>(step + 1) / static_cast<double>(warmup);
}

double scheduled_lr(Schedule schedule, double lr, std::int64_t warmup, std::int64_t steps,
                    std::int64_t step) {
  if (schedule == Schedule::constant || step + 1 <= warmup) return warmup_lr(lr, warmup, step);
  const std::int64_t first = std::max<std::int64_t>(warmup - 1, 0);  // the step at the full rate
  const double progress = static_cast<double>(step - first) /
                          static_cast<double>(std::max<std::int64_t>(steps - first, 1));
  return lr * 0.5 * (1 + std::cos(std::numbers::pi * std::min(progress, 1.0)));
}

}  // namespace seqrl

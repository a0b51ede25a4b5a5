#include "models/training/optimizer.h"

#include <algorithm>
#include <cmath>

#include "models/core/alignment.h"

namespace seqrl {
namespace {

constexpr std::int64_t kPiece = 1 << 14;  // the number of elements that one task updates

static_assert(ParameterBlock::kAlignment % kDecayGranule == 0 && kPiece % kDecayGranule == 0);

}  // namespace

AdamW::AdamW(const ParameterBlock& block, AdamWOptions options, Communicator& ranks)
    : options_(options),
      parameters_(block.flat()),
      ranks_(block.device() == Device::cpu ? ranks : single_process()) {
  decay_.assign(static_cast<std::size_t>(parameters_.size() / kDecayGranule), 0.0);
  for (const ParameterBlock::Entry& entry : block.entries()) {
    if (!entry.parameter->decays()) continue;
    const std::int64_t end = entry.offset + entry.parameter->shape().size();
    for (std::int64_t i = entry.offset; i < end; i += kDecayGranule) {
      decay_[static_cast<std::size_t>(i / kDecayGranule)] = options.weight_decay;
    }
  }
  square_norms_.resize(static_cast<std::size_t>(divide_up(parameters_.size(), kPiece)));
  share_pieces();
  make_moments();
  if (block.device() == Device::cpu) return;
  const std::int64_t scratch = adamw_scratch(parameters_.size());
  device_decay_ = Storage(decay_.size() * sizeof(double), block.device());
  device_scratch_ = Storage(static_cast<std::size_t>(scratch) * sizeof(double), block.device());
  device_state_ = Storage(sizeof(op::StepState), block.device());
  runtime_of(block.device()).write(device_decay_.data(), decay_.data(), device_decay_.bytes());
  set_state({});
}

AdamWTensors AdamW::tensors_with(const Tensor& gradient) const {
  return {parameters_, first_moment_, second_moment_, gradient};
}

// Distributes the pieces over the ranks.
void AdamW::share_pieces() {
  pieces_ = parts_of_ranks(std::ssize(square_norms_), ranks_.ranks());
  for (const std::int64_t piece : pieces_) {
    elements_.push_back(std::min(piece * kPiece, parameters_.size()));
  }
  const auto rank = static_cast<std::size_t>(ranks_.rank());
  first_piece_ = pieces_[rank];
  last_piece_ = pieces_[rank + 1];
  if (ranks_.is_alone()) return;
  exchange_ = std::make_unique<GradientExchange>(ranks_, elements_, parameters_.dtype());
}

// Allocates the moments of this rank's pieces.
void AdamW::make_moments() {
  const std::int64_t size = elements_[static_cast<std::size_t>(ranks_.rank()) + 1] - first();
  const auto make = [&](Storage& memory) {
    memory = Storage(static_cast<std::size_t>(size) * size_of(parameters_.dtype()),
                     parameters_.device());
    return Tensor(memory.data(), {size}, parameters_.dtype(), parameters_.device());
  };
  first_moment_ = make(first_buffer_);
  second_moment_ = make(second_buffer_);
}

// Adds up this rank's pieces of the shards into the first shard and returns the norm of the whole
// gradient. The tensors begin with element `origin`.
double AdamW::sum_up(std::span<const Tensor> shards, std::int64_t origin, ThreadPool& pool) {
  pool.run(piece_count(), [&](int i) {
    const std::int64_t piece = first_piece_ + i, first = piece * kPiece - origin,
                       count = std::min(kPiece, parameters_.size() - piece * kPiece);
    const Tensor sum = part_of(shards[0], first, count);
    for (const Tensor& shard : shards.subspan(1)) {
      add_and_clear(sum, part_of(shard, first, count));
    }
    square_norms_[static_cast<std::size_t>(piece)] = square_norm(sum);
  });
  ranks_.all_gather(std::span(square_norms_), pieces_);
  double total = 0;
  for (double part : square_norms_) total += part;
  return std::sqrt(total);
}

// Updates this rank's pieces from a gradient that begins with element `origin`.
void AdamW::update_pieces(const Tensor& gradient, std::int64_t origin, const op::AdamWRates& rates,
                          ThreadPool& pool) {
  pool.run(piece_count(), [&](int i) {
    const std::int64_t first = (first_piece_ + i) * kPiece,
                       count = std::min(kPiece, parameters_.size() - first);
    const auto own = [&](const Tensor& moment) {
      return part_of(moment, first - this->first(), count);
    };
    adamw({part_of(parameters_, first, count), own(first_moment_), own(second_moment_),
           part_of(gradient, first - origin, count)},
          rates,
          std::span(decay_).subspan(static_cast<std::size_t>(first / kDecayGranule),
                                    static_cast<std::size_t>(divide_up(count, kDecayGranule))));
  });
}

double AdamW::step(std::span<const Tensor> shard_gradients, double lr, ThreadPool& pool,
                   std::int64_t all_shards) {
  SEQRL_CHECK(parameters_.device() == Device::cpu);
  SEQRL_CHECK(!shard_gradients.empty() || all_shards > 0);
  all_first_ = {};
  all_second_ = {};
  const std::span<const Tensor> shards =
      exchange_ ? exchange_->run(shard_gradients, all_shards, pool) : shard_gradients;
  const std::int64_t origin = exchange_ ? exchange_->first() : 0;
  if (exchange_) exchange_->clear_sent(shard_gradients, pool);
  const double norm = sum_up(shards, origin, pool);
  if (!std::isfinite(norm)) {
    clear_gradients(shard_gradients);
    return norm;
  }
  update_pieces(shards[0], origin, next_rates(norm, lr), pool);
  dispatch(parameters_.dtype(),
           [&]<typename T>(T) { ranks_.all_gather(parameters_.span<T>(), elements_); });
  return norm;
}

Tensor AdamW::gather(const Tensor& moment, Storage& memory) {
  std::vector<Communicator::Message> sends, receives;
  if (!ranks_.is_first()) {
    sends.push_back({0, {static_cast<std::byte*>(moment.raw()), moment.bytes()}});
    ranks_.exchange(sends, receives);
    return {};
  }
  memory = Storage(parameters_.bytes(), Device::cpu, Storage::Fill::none);
  const Tensor all(memory.data(), parameters_.shape(), parameters_.dtype());
  copy(moment, part_of(all, 0, moment.size()));
  for (int rank = 1; rank < ranks_.ranks(); ++rank) {
    const auto i = static_cast<std::size_t>(rank);
    const Tensor part = part_of(all, elements_[i], elements_[i + 1] - elements_[i]);
    receives.push_back({rank, {static_cast<std::byte*>(part.raw()), part.bytes()}});
  }
  ranks_.exchange(sends, receives);
  return all;
}

AdamW::Moments AdamW::gather_moments() {
  if (!exchange_) return {first_moment_, second_moment_};
  return {gather(first_moment_, all_first_), gather(second_moment_, all_second_)};
}

op::StepState* AdamW::state_on_device() const {
  return reinterpret_cast<op::StepState*>(device_state_.data());
}

const std::uint64_t* AdamW::step_on_device() const {
  return &state_on_device()->arguments.step;
}

void AdamW::set_next_step(std::int64_t step, double lr) {
  set_step_arguments(state_on_device(), {static_cast<std::uint64_t>(step), next_rates(0, lr)});
}

void AdamW::update(const Tensor& gradient, const Tensor& loss, const AdamW* other) {
  const auto numbers = [](const Storage& memory) {
    const auto count = static_cast<std::int64_t>(memory.bytes() / sizeof(double));
    return Tensor(memory.data(), {count}, DType::f64, memory.device());
  };
  adamw_step(state_on_device(), other ? other->state_on_device() : nullptr, options_.clip, loss,
             tensors_with(gradient), numbers(device_decay_), numbers(device_scratch_));
}

op::StepState AdamW::state() {
  op::StepState state;
  runtime_of(Device::cuda).read(&state, state_on_device(), sizeof state);
  updates_ = state.updates;  // the announced ones, unless one failed
  return state;
}

void AdamW::set_state(const op::StepState& state) {
  runtime_of(Device::cuda).write(state_on_device(), &state, sizeof state);
  updates_ = state.updates;
}

void AdamW::set_updates(std::int64_t updates) {
  updates_ = updates;
  if (parameters_.device() == Device::cpu) return;
  op::StepState now = state();
  now.updates = updates;
  set_state(now);
}

void AdamW::polyak_update(const ParameterBlock& target, double rate, ThreadPool& pool) const {
  SEQRL_CHECK(target.flat().size() == parameters_.size());
  if (parameters_.device() == Device::cuda) {
    return seqrl::polyak_update(parameters_, target.flat(), rate, state_on_device());
  }
  pool.run(static_cast<int>(square_norms_.size()), [&](int piece) {
    const std::int64_t first = piece * kPiece, count = std::min(kPiece, parameters_.size() - first);
    seqrl::polyak_update(part_of(parameters_, first, count), part_of(target.flat(), first, count),
                         rate);
  });
}

// Counts an update and returns its rates.
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

}  // namespace seqrl

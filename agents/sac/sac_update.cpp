#include "agents/sac/sac_update.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/ops/gaussian.h"
#include "models/ops/loss.h"
#include "models/ops/matrix_product.h"
#include "models/ops/rearrange.h"
#include "models/training/shards.h"

namespace seqrl {
namespace {

Perceptron::Size critic_size(const GaussianActor& actor, const SacUpdateOptions& options) {
  return {.in = actor.spec().observation_dim + actor.spec().action_dim,
          .dim = options.dim,
          .layers = options.layers,
          .out = 1,
          .networks = 2};
}

// A different seed from the actor's: parameters are drawn by their position in a block.
std::uint64_t critic_seed(const SacUpdateOptions& options) {
  return options.seed ^ 0x9E3779B97F4A7C15u;
}

// The shapes of the parts of SacParts, in their order.
std::vector<Upload::Part> shapes_of_batch(const GaussianActor& actor, std::int64_t rows) {
  const std::int64_t observation = actor.spec().observation_dim;
  const std::int64_t action = actor.spec().action_dim;
  std::vector<Upload::Part> parts;
  for (const std::int64_t dim :
       {observation, observation, action, std::int64_t{1}, std::int64_t{1}, action, action}) {
    parts.push_back({{rows, dim}, DType::f32});
  }
  return parts;
}

// The parts, each created by part(i).
template <typename Part, typename Of>
SacParts<Part> make_parts(const Of& part) {
  return {part(0), part(1), part(2), part(3), part(4), part(5), part(6)};
}

}  // namespace

SacUpdate::Critics::Critics(const Perceptron::Size& size, std::uint64_t seed, Device device)
    : root(nullptr, ""), network(&root, "critics", size), block(root, DType::f32, seed, device) {}

SacUpdate::SacUpdate(const GaussianActor& actor, ParameterBlock& block,
                     const SacUpdateOptions& options, Fill fill, ThreadPool& pool)
    : actor_(actor),
      actor_block_(block),
      options_(options),
      fill_(std::move(fill)),
      pool_(pool),
      critics_(critic_size(actor, options), critic_seed(options), block.device()),
      targets_(critic_size(actor, options), critic_seed(options),
               block.device()),  // the same values
      temperature_block_(temperature_, DType::f64, 0, block.device()),
      actor_optimizer_(block, {.weight_decay = 0, .clip = 0}),
      critic_optimizer_(critics_.block, {.weight_decay = 0, .clip = 0}),
      temperature_optimizer_(temperature_block_, {.weight_decay = 0, .clip = 0}),
      alpha_buffer_(sizeof(double), block.device()),
      alpha_(alpha_buffer_.data(), {1}, DType::f64, block.device()) {
  const std::int64_t count = on_cuda() ? 1 : std::min(options.shards, options.batch);
  for (std::int64_t i = 0; i < count; ++i) {
    lanes_.push_back(std::make_unique<Lane>(shard_of(options.batch, i, count), block.device()));
    actor_gradients_.push_back(make_gradient(block));
    critic_gradients_.push_back(make_gradient(critics_.block));
  }
  temperature_gradient_ = make_gradient(temperature_block_);
  if (options.temperature) write<double>(std::span(&*options.temperature, 1), alpha_);
  const std::vector<Upload::Part> shapes = shapes_of_batch(actor, options.batch);
  if (on_cuda()) {
    upload_ = std::make_unique<Upload>(shapes, Device::cuda);
    batch_ = make_parts<Tensor>([&](std::size_t i) { return upload_->on_device(i); });
    losses_buffer_ = Storage(sizeof(SoftLossRecord), Device::cuda);
    return;
  }
  for (const auto& [shape, dtype] : shapes) {
    batch_buffers_.emplace_back(static_cast<std::size_t>(shape.size()) * size_of(dtype));
  }
  batch_ = make_parts<Tensor>([&](std::size_t i) {
    return Tensor(batch_buffers_[i].data(), shapes[i].shape, shapes[i].dtype);
  });
  packed_.emplace(block, critics_.block, targets_.block);
  for (const auto& lane : lanes_) {
    lane->tape.set_packed_weights({&packed_->actor, &packed_->critics, &packed_->targets});
  }
}

Tensor SacUpdate::make_gradient(const ParameterBlock& block) {
  const Storage& buffer = gradient_buffers_.emplace_back(block.make_buffer());
  return {buffer.data(), block.flat().shape(), block.dtype(), block.device()};
}

// A lane's rows of a part of the batch, on its tape.
Tensor SacUpdate::rows_of(Lane& lane, const Tensor& part) {
  const std::int64_t dim = part.dim(1);
  return lane.tape.constant_at(Tensor(part.data<float>() + lane.shard.first * dim,
                                      {lane.shard.size(), dim}, DType::f32, part.device()));
}

// y in the class comment, (rows).
Tensor SacUpdate::regression_targets(Lane& lane) {
  const Tape::NoGradient constant(lane.tape);
  const Tensor next = rows_of(lane, batch_.next_observations);
  const auto [action, log_probability] =
      squashed_gaussian(actor_.distribution(next), rows_of(lane, batch_.next_noise));
  const Tensor values = targets_.network(concatenate_last(next, action));
  const Shape rows{lane.shard.size()};
  return soft_target(rows_of(lane, batch_.rewards).reshaped(rows),
                     rows_of(lane, batch_.terminated).reshaped(rows), values, log_probability,
                     alpha_, options_.discount);
}

Tensor SacUpdate::critic_pass(Lane& lane, const Tensor& gradient) {
  Tape& tape = lane.tape;
  tape.begin({.record = true, .training = true});
  tape.set_parameter_gradients(gradient);
  const Tensor y = regression_targets(lane);
  const Tensor input =
      concatenate_last(rows_of(lane, batch_.observations), rows_of(lane, batch_.actions));
  const Tensor every_row = tape.constant({lane.shard.size()}, DType::f32);
  runtime_of(tape.device())
      .fill(every_row.data<float>(), 1.0f, static_cast<std::size_t>(every_row.size()));
  // The mean over both critics and the batch is ½ Σ_j mean_j.
  const Tensor loss = masked_mean_squared_error(critics_.network(input), y, every_row,
                                                static_cast<double>(options_.batch));
  tape.backward(loss);
  return loss;
}

SoftPolicyLoss SacUpdate::actor_pass(Lane& lane, const Tensor& gradient) {
  Tape& tape = lane.tape;
  tape.begin({.record = true, .training = true});
  tape.set_parameter_gradients(gradient);
  const Tensor observations = rows_of(lane, batch_.observations);
  const auto [action, log_probability] =
      squashed_gaussian(actor_.distribution(observations), rows_of(lane, batch_.noise));
  const Tensor values =
      critics_.network(concatenate_last(observations, action), Perceptron::Weights::frozen);
  const SoftPolicyLoss result =
      soft_policy_loss(log_probability, values, alpha_, static_cast<double>(options_.batch));
  tape.backward(result.loss);
  return result;
}

SacUpdate::Result SacUpdate::step(std::int64_t step, const Beside& beside) {
  ++sums_.steps;
  if (on_cuda()) {
    step_on_cuda(step, beside);
    return latest_;
  }
  latest_ = step_on_cpu(beside);
  latest_.step = step;
  sums_.losses += latest_.losses;
  return latest_;
}

SacUpdate::Result SacUpdate::step_on_cpu(const Beside& beside) {
  // α before the step.
  if (!options_.temperature) soft_temperature(temperature_.log.value(), alpha_);

  // The critics: each lane fills and reads its rows of the batch. The first task also acts and
  // simulates.
  SacBatch batch = make_parts<std::span<float>>([this](std::size_t i) {
    Storage& buffer = batch_buffers_[i];
    return std::span(reinterpret_cast<float*>(buffer.data()), buffer.bytes() / sizeof(float));
  });
  Result result;
  SoftLosses& losses = result.losses;
  losses.temperature = alpha_.data<double>()[0];
  const int count = static_cast<int>(lanes_.size()), first = beside.act || beside.simulate ? 1 : 0;
  pool_.run(count + first, [&](int i) {
    if (i < first) {
      if (beside.act) beside.act();
      if (beside.simulate) beside.simulate();
      return;
    }
    Lane& lane = *lanes_[static_cast<std::size_t>(i - first)];
    fill_(lane.shard, batch);
    const Tensor loss = critic_pass(lane, critic_gradients_[static_cast<std::size_t>(i - first)]);
    lane.critic_loss = static_cast<double>(loss.data<float>()[0]);
  });
  for (const auto& lane : lanes_) losses.critic += lane->critic_loss;
  if (!std::isfinite(losses.critic)) {
    result.critic_gradient_norm = losses.critic;
    clear_gradients(critic_gradients_);
    return result;
  }
  result.critic_gradient_norm = critic_optimizer_.step(critic_gradients_, options_.lr, pool_);
  packed_->critics.refresh(&pool_);

  // The actor, against the critics after their step.
  pool_.run(count, [&](int i) {
    Lane& lane = *lanes_[static_cast<std::size_t>(i)];
    const auto [loss, sums] = actor_pass(lane, actor_gradients_[static_cast<std::size_t>(i)]);
    lane.actor_loss = static_cast<double>(loss.data<float>()[0]);
    lane.value = sums.data<double>()[0];
    lane.log_probability = sums.data<double>()[1];
  });
  double log_probability = 0;
  for (const auto& lane : lanes_) {
    losses.actor += lane->actor_loss;
    losses.value += lane->value;
    log_probability += lane->log_probability;
  }
  const auto rows = static_cast<double>(options_.batch);
  losses.value /= rows;
  losses.entropy = -log_probability / rows;
  if (std::isfinite(losses.actor)) {
    result.actor_gradient_norm = actor_optimizer_.step(actor_gradients_, options_.lr, pool_);
    packed_->actor.refresh(&pool_);
    // The temperature: d(−ln α · (mean ln π + target)) / d ln α = entropy − target.
    if (!options_.temperature) {
      temperature_gradient_.data<double>()[0] = losses.entropy - options_.target_entropy;
      temperature_optimizer_.step({&temperature_gradient_, 1}, options_.lr, pool_);
    }
  } else {
    result.actor_gradient_norm = losses.actor;
    clear_gradients(actor_gradients_);
  }

  // The targets follow the critics.
  critic_optimizer_.polyak_update(targets_.block, options_.target_rate, pool_);
  packed_->targets.refresh(&pool_);
  return result;
}

// The batch is created while the device may still be executing the previous step, and `simulate`
// runs while it executes this one.
void SacUpdate::step_on_cuda(std::int64_t step, const Beside& beside) {
  SacBatch batch =
      make_parts<std::span<float>>([this](std::size_t i) { return upload_->on_host<float>(i); });
  fill_(lanes_[0]->shard, batch);
  upload_->send();
  if (beside.act) beside.act();
  critic_optimizer_.set_next_step(step, options_.lr);
  actor_optimizer_.set_next_step(step, options_.lr);
  if (!options_.temperature) temperature_optimizer_.set_next_step(step, options_.lr);
  pass_.run(runtime_of(Device::cuda), true, [this] { passes_on_cuda(); });
  if (beside.simulate) beside.simulate();
}

// As on the CPU; if one of the updates fails, all do, from then on.
void SacUpdate::passes_on_cuda() {
  const ProductPrecision precision(options_.precision);
  if (!options_.temperature) soft_temperature(temperature_.log.value(), alpha_);
  const Tensor critic_loss = critic_pass(*lanes_[0], critic_gradients_[0]);
  critic_optimizer_.update(critic_gradients_[0], critic_loss, &actor_optimizer_);
  const auto [actor_loss, sums] = actor_pass(*lanes_[0], actor_gradients_[0]);
  actor_optimizer_.update(actor_gradients_[0], actor_loss, &critic_optimizer_);
  // The one number of the temperature's gradient; the block around it is padded.
  const Tensor of_temperature(temperature_gradient_.raw(), {1}, DType::f64, Device::cuda);
  record_soft_step(critic_optimizer_.state_on_device(), actor_optimizer_.state_on_device(),
                   options_.batch, sums, alpha_, options_.target_entropy, recorded_losses(),
                   of_temperature);
  if (!options_.temperature) {
    // It has no loss; the entropy is finite if its gradient is. (The update clears the gradient.)
    const Tensor entropy(&recorded_losses()->latest.entropy, {1}, DType::f64, Device::cuda);
    temperature_optimizer_.update(temperature_gradient_, entropy, &actor_optimizer_);
  }
  critic_optimizer_.polyak_update(targets_.block, options_.target_rate, pool_);
}

SoftLossRecord* SacUpdate::recorded_losses() const {
  return reinterpret_cast<SoftLossRecord*>(losses_buffer_.data());
}

SacUpdate::Result SacUpdate::wait() {
  if (!on_cuda()) return latest_;
  const op::StepState critics = critic_optimizer_.state(), actor = actor_optimizer_.state();
  SoftLosses& losses = latest_.losses;
  runtime_of(Device::cuda).read(&losses, &recorded_losses()->latest, sizeof losses);
  losses.critic = critics.loss;
  losses.actor = actor.loss;
  latest_.critic_gradient_norm = critics.norm;
  latest_.actor_gradient_norm = actor.norm;
  latest_.step = actor.failed >= 0 ? actor.failed : static_cast<std::int64_t>(actor.arguments.step);
  return latest_;
}

SacUpdate::Sums SacUpdate::sums() {
  SoftLosses& losses = sums_.losses;
  if (on_cuda()) runtime_of(Device::cuda).read(&losses, &recorded_losses()->sum, sizeof losses);
  return sums_;
}

void SacUpdate::set_sums(const Sums& sums) {
  sums_ = sums;
  const SoftLosses& losses = sums.losses;
  if (on_cuda()) runtime_of(Device::cuda).write(&recorded_losses()->sum, &losses, sizeof losses);
}

void SacUpdate::save(CheckpointWriter& checkpoint) {
  checkpoint.add(critics_.block, "learner.");
  checkpoint.add(targets_.block, "learner.target_");
  checkpoint.add(temperature_block_, "learner.");
  checkpoint.add(actor_optimizer_, actor_block_, "optimizer.");
  checkpoint.add(critic_optimizer_, critics_.block, "critic_optimizer.");
  checkpoint.add(temperature_optimizer_, temperature_block_, "temperature_optimizer.");
}

void SacUpdate::load(const CheckpointReader& checkpoint) {
  checkpoint.read(critics_.block, "learner.");
  checkpoint.read(targets_.block, "learner.target_");
  checkpoint.read(temperature_block_, "learner.");
  checkpoint.read(actor_optimizer_, actor_block_, "optimizer.");
  checkpoint.read(critic_optimizer_, critics_.block, "critic_optimizer.");
  checkpoint.read(temperature_optimizer_, temperature_block_, "temperature_optimizer.");
  parameters_changed();
}

void SacUpdate::parameters_changed() {
  if (!packed_) return;
  packed_->actor.refresh(&pool_);
  packed_->critics.refresh(&pool_);
  packed_->targets.refresh(&pool_);
}

}  // namespace seqrl

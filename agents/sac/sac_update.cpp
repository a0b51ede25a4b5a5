#include "agents/sac/sac_update.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/core/flush_denormals.h"
#include "models/core/to_tensor.h"
#include "models/ops/gaussian.h"
#include "models/ops/loss.h"
#include "models/ops/rearrange.h"

namespace seqrl {
namespace {

constexpr std::int64_t kPiece = 1 << 14;  // parameters that one task follows

Tensor rows_of(Tape& tape, const std::vector<float>& values, const Shard& shard, std::int64_t dim) {
  return to_tensor(tape, values.data() + shard.first * dim, {shard.size(), dim}, DType::f32);
}

Perceptron::Size critic_size(const GaussianActor& actor, const SacUpdateOptions& options) {
  return {.in = actor.problem().observation_dim + actor.problem().action_dim,
          .dim = options.dim,
          .layers = options.layers,
          .out = 1,
          .networks = 2};
}

// Another seed than the actor's: parameters are drawn by their position in a block.
std::uint64_t critic_seed(const SacUpdateOptions& options) {
  return options.seed ^ 0x9E3779B97F4A7C15u;
}

}  // namespace

SacBatch::SacBatch(std::int64_t rows, std::int64_t observation_dim, std::int64_t action_dim) {
  const auto size = [&](std::int64_t dim) { return static_cast<std::size_t>(rows * dim); };
  observations.resize(size(observation_dim));
  next_observations.resize(size(observation_dim));
  actions.resize(size(action_dim));
  rewards.resize(size(1));
  terminated.resize(size(1));
  noise.resize(size(action_dim));
  next_noise.resize(size(action_dim));
}

SacUpdate::Critics::Critics(const Perceptron::Size& size, std::uint64_t seed)
    : root(nullptr, ""), network(&root, "critics", size), block(root, DType::f32, seed) {}

SacUpdate::SacUpdate(const GaussianActor& actor, ParameterBlock& block,
                     const SacUpdateOptions& options, Fill fill, ThreadPool& pool)
    : actor_(actor),
      actor_block_(block),
      options_(options),
      fill_(std::move(fill)),
      pool_(pool),
      critics_(critic_size(actor, options), critic_seed(options)),
      targets_(critic_size(actor, options), critic_seed(options)),  // the same values
      temperature_block_(temperature_, DType::f64, 0),
      actor_optimizer_(block, {.weight_decay = 0, .clip = 0}),
      critic_optimizer_(critics_.block, {.weight_decay = 0, .clip = 0}),
      temperature_optimizer_(temperature_block_, {.weight_decay = 0, .clip = 0}),
      actor_packed_(block, true),
      critic_packed_(critics_.block, true),
      target_packed_(targets_.block, false),
      batch_(options.batch, actor.problem().observation_dim, actor.problem().action_dim) {
  const std::int64_t count = std::min(options.shards, options.batch);
  const auto make_gradient = [&](const ParameterBlock& of) {
    const Storage& buffer = gradient_buffers_.emplace_back(of.make_buffer());
    return Tensor(buffer.data(), of.flat().shape(), of.dtype());
  };
  temperature_gradient_ = make_gradient(temperature_block_);
  for (std::int64_t i = 0; i < count; ++i) {
    Lane& lane = *lanes_.emplace_back(std::make_unique<Lane>());
    lane.shard = {static_cast<int>(i), options.batch * i / count, options.batch * (i + 1) / count};
    lane.tape.set_packed_weights({&actor_packed_, &critic_packed_, &target_packed_});
    actor_gradients_.push_back(make_gradient(block));
    critic_gradients_.push_back(make_gradient(critics_.block));
  }
}

double SacUpdate::temperature() const {
  return options_.temperature.value_or(std::exp(temperature_.log.value().data<double>()[0]));
}

Tensor SacUpdate::regression_targets(Lane& lane) {
  Tape& tape = lane.tape;
  const Tape::NoGradient constant(tape);
  const std::int64_t rows = lane.shard.size();
  const Tensor next =
      rows_of(tape, batch_.next_observations, lane.shard, actor_.problem().observation_dim);
  const auto [action, log_probability] =
      squashed_gaussian(actor_.distribution(next),
                        rows_of(tape, batch_.next_noise, lane.shard, actor_.problem().action_dim));
  const Tensor values = targets_.network(concatenate_last(next, action));
  const Tensor y = tape.constant({rows, 2}, DType::f32);
  const auto alpha = static_cast<float>(alpha_), discount = static_cast<float>(options_.discount);
  for (std::int64_t r = 0; r < rows; ++r) {
    const auto at = static_cast<std::size_t>(lane.shard.first + r);
    const float* value = values.data<float>() + 2 * r;
    const float beyond = std::min(value[0], value[1]) - alpha * log_probability.data<float>()[r];
    const float target = batch_.rewards[at] + discount * (1 - batch_.terminated[at]) * beyond;
    std::fill_n(y.data<float>() + 2 * r, 2, target);
  }
  return y;
}

void SacUpdate::critic_pass(Lane& lane, const Tensor& gradient) {
  Tape& tape = lane.tape;
  fill_(lane.shard, batch_);
  tape.begin({.record = true, .training = true});
  tape.set_parameter_gradients(gradient);
  const Tensor y = regression_targets(lane);
  const Problem& problem = actor_.problem();
  const Tensor input =
      concatenate_last(rows_of(tape, batch_.observations, lane.shard, problem.observation_dim),
                       rows_of(tape, batch_.actions, lane.shard, problem.action_dim));
  const Tensor every_row = tape.constant({lane.shard.size()}, DType::f32);
  std::ranges::fill(every_row.span<float>(), 1.0f);
  // The mean over both critics and the batch is ½ Σ_j mean_j.
  const Tensor loss = masked_mean_squared_error(critics_.network(input), y, every_row,
                                                static_cast<double>(options_.batch));
  lane.critic_loss = static_cast<double>(loss.data<float>()[0]);
  tape.backward(loss);
}

void SacUpdate::actor_pass(Lane& lane, const Tensor& gradient) {
  Tape& tape = lane.tape;
  tape.begin({.record = true, .training = true});
  tape.set_parameter_gradients(gradient);
  const Problem& problem = actor_.problem();
  const Tensor observations =
      rows_of(tape, batch_.observations, lane.shard, problem.observation_dim);
  const auto [action, log_probability] =
      squashed_gaussian(actor_.distribution(observations),
                        rows_of(tape, batch_.noise, lane.shard, problem.action_dim));
  const Tensor values =
      critics_.network(concatenate_last(observations, action), Perceptron::Weights::frozen);
  const Tensor loss =
      soft_policy_loss(log_probability, values, alpha_, static_cast<double>(options_.batch));
  lane.actor_loss = static_cast<double>(loss.data<float>()[0]);
  lane.log_probability = lane.value = 0;
  for (std::int64_t r = 0; r < lane.shard.size(); ++r) {
    const float* value = values.data<float>() + 2 * r;
    lane.value += static_cast<double>(std::min(value[0], value[1]));
    lane.log_probability += static_cast<double>(log_probability.data<float>()[r]);
  }
  tape.backward(loss);
}

void SacUpdate::follow() {
  const std::int64_t size = targets_.block.flat().size();
  const auto rate = static_cast<float>(options_.target_rate);
  pool_.run(static_cast<int>((size + kPiece - 1) / kPiece), [&](int piece) {
    const FlushDenormals flush;
    const std::int64_t first = piece * kPiece, count = std::min(kPiece, size - first);
    float* target = targets_.block.flat().data<float>() + first;
    const float* critic = critics_.block.flat().data<float>() + first;
    for (std::int64_t i = 0; i < count; ++i) target[i] += rate * (critic[i] - target[i]);
  });
  target_packed_.refresh(&pool_);
}

SacUpdate::Losses SacUpdate::step(const std::function<void()>& alongside) {
  alpha_ = temperature();
  Losses losses{.temperature = alpha_};
  const int count = static_cast<int>(lanes_.size()), beside = alongside ? 1 : 0;
  pool_.run(count + beside, [&](int i) {
    if (i < beside) return alongside();
    const auto lane = static_cast<std::size_t>(i - beside);
    critic_pass(*lanes_[lane], critic_gradients_[lane]);
  });
  for (const auto& lane : lanes_) losses.critic += lane->critic_loss;
  if (!std::isfinite(losses.critic)) {
    losses.critic_gradient_norm = losses.critic;
    clear_gradients(critic_gradients_);
    return losses;
  }
  losses.critic_gradient_norm = critic_optimizer_.step(critic_gradients_, options_.lr, pool_);
  critic_packed_.refresh(&pool_);

  pool_.run(count, [&](int i) {
    const auto lane = static_cast<std::size_t>(i);
    actor_pass(*lanes_[lane], actor_gradients_[lane]);
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
  losses.actor_gradient_norm = actor_optimizer_.step(actor_gradients_, options_.lr, pool_);
  actor_packed_.refresh(&pool_);
  if (!options_.temperature) {
    temperature_gradient_.data<double>()[0] = losses.entropy - options_.target_entropy;
    temperature_optimizer_.step({&temperature_gradient_, 1}, options_.lr, pool_);
  }
  follow();
  return losses;
}

void SacUpdate::save(CheckpointWriter& checkpoint) const {
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
  actor_packed_.refresh(&pool_);
  critic_packed_.refresh(&pool_);
  target_packed_.refresh(&pool_);
}

}  // namespace seqrl

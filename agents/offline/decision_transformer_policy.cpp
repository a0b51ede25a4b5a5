#include "agents/offline/decision_transformer_policy.h"

#include <algorithm>

#include "models/core/to_tensor.h"
#include "models/training/shards.h"

namespace seqrl {
namespace {

template <typename T>
void keep_rows(std::vector<T>& values, std::span<const std::int64_t> rows, std::size_t dim) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy_n(values.begin() + rows[i] * static_cast<std::int64_t>(dim), dim,
                values.begin() + static_cast<std::int64_t>(i * dim));
  }
  values.resize(rows.size() * dim);
}

}  // namespace

DecisionTransformerPolicy::DecisionTransformerPolicy(const DecisionTransformerNetwork& agent,
                                                     const PackedWeights& weights)
    : DecodingPolicy(agent.action_scale()), agent_(agent), weights_(weights) {}

void DecisionTransformerPolicy::begin(std::span<const double> target_returns) {
  returns_to_go_.assign(target_returns.begin(), target_returns.end());
  episodes_ = static_cast<std::int64_t>(target_returns.size());
  timestep_ = 0;
  decoder().begin(episodes_);
  begin_episodes(episodes_);
}

void DecisionTransformerPolicy::act(std::span<const double> observations,
                                    std::span<const double> rewards, std::span<double> actions) {
  const AgentSpec& spec = agent_.spec();
  const auto episodes = static_cast<std::size_t>(episodes_);
  const auto observation_dim = static_cast<std::size_t>(spec.observation_dim);
  SEQRL_CHECK(observations.size() == episodes * observation_dim);
  SEQRL_CHECK(actions.size() == episodes * static_cast<std::size_t>(spec.action_dim));
  agent_.require_known(timestep_);
  scaled_.resize(episodes);
  observed_.resize(episodes * observation_dim);
  for (std::size_t e = 0; e < episodes; ++e) {
    if (timestep_ > 0) returns_to_go_[e] -= rewards[e];
    scaled_[e] = static_cast<float>(returns_to_go_[e] / agent_.return_scale());
    agent_.normalization().apply(observations.data() + e * observation_dim,
                                 observed_.data() + e * observation_dim);
  }
  tape_.begin({});
  tape_.set_packed_weights(&weights_);
  const DType dtype = DType::f32;
  const Tensor predicted =
      predict(to_tensor(tape_, scaled_.data(), {episodes_, 1, 1}, dtype),
              to_tensor(tape_, observed_.data(), {episodes_, 1, spec.observation_dim}, dtype));
  const std::int64_t time = predicted.dim(1), dim = spec.action_width();
  acted_.resize(static_cast<std::size_t>(episodes_ * dim));
  for (std::int64_t e = 0; e < episodes_; ++e) {
    std::copy_n(predicted.data<float>() + ((e + 1) * time - 1) * dim, dim, acted_.data() + e * dim);
  }
  decoder().decode(acted_, actions);
  remember(acted_);
  ++timestep_;
}

void DecisionTransformerPolicy::keep(std::span<const std::int64_t> rows) {
  keep_rows(returns_to_go_, rows, 1);
  decoder().keep(rows);
  keep_episodes(rows);
  episodes_ = static_cast<std::int64_t>(rows.size());
}

std::unique_ptr<Policy> DecisionTransformerPolicy::fork(std::span<const std::int64_t> rows) const {
  std::unique_ptr<DecisionTransformerPolicy> part = fork_episodes(rows);
  part->returns_to_go_ = returns_to_go_;
  keep_rows(part->returns_to_go_, rows, 1);
  part->decode_as(*this, rows);
  part->episodes_ = static_cast<std::int64_t>(rows.size());
  part->timestep_ = timestep_;
  return part;
}

void write_timesteps(std::int64_t timestep, std::span<std::int32_t> of_tokens) {
  std::ranges::fill(of_tokens, static_cast<std::int32_t>(timestep));
  if (timestep == 0) return;
  for (std::size_t i = 0; i < of_tokens.size(); i += 3) --of_tokens[i];  // the previous action's
}

void StreamPolicy::begin_episodes(std::int64_t episodes) {
  state_.emplace(agent_.backbone().initial_state(episodes));
  previous_actions_.assign(static_cast<std::size_t>(episodes * agent_.spec().action_width()), 0);
}

Tensor StreamPolicy::predict(const Tensor& returns_to_go, const Tensor& observations) {
  Tensor previous;
  if (timestep_ > 0) {
    previous = to_tensor(tape_, previous_actions_.data(),
                         {episodes_, 1, agent_.spec().action_width()}, DType::f32);
  }
  const Tensor timesteps = tape_.constant({episodes_, timestep_ > 0 ? 3 : 2}, DType::i32);
  write_timesteps(timestep_, timesteps.span<std::int32_t>());
  return agent_.predict_next(previous, returns_to_go, observations, timesteps, *state_);
}

void StreamPolicy::remember(std::span<const float> actions) {
  previous_actions_.assign(actions.begin(), actions.end());
}

void StreamPolicy::keep_episodes(std::span<const std::int64_t> rows) {
  state_->keep(rows);
  keep_rows(previous_actions_, rows, static_cast<std::size_t>(agent_.spec().action_width()));
}

std::unique_ptr<DecisionTransformerPolicy> StreamPolicy::fork_episodes(
    std::span<const std::int64_t> rows) const {
  auto part = std::make_unique<StreamPolicy>(agent_, weights_);
  part->state_.emplace(state_->select(rows));
  part->previous_actions_ = previous_actions_;
  keep_rows(part->previous_actions_, rows, static_cast<std::size_t>(agent_.spec().action_width()));
  return part;
}

void WindowPolicy::History::push(const float* values, std::size_t count, std::size_t context) {
  if (steps.size() < context) {
    steps.emplace_back();
  } else {
    std::rotate(steps.begin(), steps.begin() + 1, steps.end());
  }
  steps.back().assign(values, values + count);
}

void WindowPolicy::History::keep(std::span<const std::int64_t> rows, std::size_t dim) {
  for (std::vector<float>& step : steps) keep_rows(step, rows, dim);
}

Tensor WindowPolicy::History::tensor(Tape& tape, const Shard& part, std::int64_t dim) const {
  const auto time = static_cast<std::int64_t>(steps.size());
  const Tensor tensor = tape.constant({part.size(), time, dim}, DType::f32);
  float* to = tensor.data<float>();
  for (std::int64_t e = part.first; e < part.last; ++e) {
    for (const std::vector<float>& step : steps) to = std::copy_n(step.data() + e * dim, dim, to);
  }
  return tensor;
}

void WindowPolicy::begin_episodes(std::int64_t) {
  returns_.steps.clear();
  observations_.steps.clear();
  actions_.steps.clear();
}

Tensor WindowPolicy::predict(const Tensor& returns_to_go, const Tensor& observations) {
  const AgentSpec& spec = agent_.spec();
  const auto context = static_cast<std::size_t>(spec.context);
  // The action of this timestep is unknown; no earlier token sees its place.
  const std::vector<float> unknown(static_cast<std::size_t>(episodes_ * spec.action_width()));
  returns_.push(returns_to_go.data<float>(), static_cast<std::size_t>(returns_to_go.size()),
                context);
  observations_.push(observations.data<float>(), static_cast<std::size_t>(observations.size()),
                     context);
  actions_.push(unknown.data(), unknown.size(), context);

  const Tensor predicted = tape_.constant({episodes_, 1, spec.action_width()}, DType::f32);
  const auto time = static_cast<std::int64_t>(returns_.steps.size());
  const std::int64_t parts = parts_of_shard(episodes_, agent_.window_size(time));
  for (std::int64_t i = 0; i < parts; ++i) predict_part(shard_of(episodes_, i, parts), predicted);
  return predicted;
}

void WindowPolicy::predict_part(const Shard& part, const Tensor& predicted) {
  const AgentSpec& spec = agent_.spec();
  const auto time = static_cast<std::int64_t>(returns_.steps.size());
  part_tape_.begin({});
  part_tape_.set_packed_weights(&weights_);
  const Tensor timesteps = part_tape_.constant({part.size(), time}, DType::i32);
  for (std::int64_t i = 0; i < timesteps.size(); ++i) {
    timesteps.data<std::int32_t>()[i] = static_cast<std::int32_t>(timestep_ + 1 - time + i % time);
  }
  const Tensor actions =
      agent_.predict_last(returns_.tensor(part_tape_, part, 1),
                          observations_.tensor(part_tape_, part, spec.observation_dim),
                          actions_.tensor(part_tape_, part, spec.action_width()), timesteps);
  std::copy_n(actions.data<float>(), actions.size(),
              predicted.data<float>() + part.first * spec.action_width());
}

void WindowPolicy::remember(std::span<const float> actions) {
  actions_.steps.back().assign(actions.begin(), actions.end());
}

void WindowPolicy::keep_episodes(std::span<const std::int64_t> rows) {
  returns_.keep(rows, 1);
  observations_.keep(rows, static_cast<std::size_t>(agent_.spec().observation_dim));
  actions_.keep(rows, static_cast<std::size_t>(agent_.spec().action_width()));
}

std::unique_ptr<DecisionTransformerPolicy> WindowPolicy::fork_episodes(
    std::span<const std::int64_t> rows) const {
  auto part = std::make_unique<WindowPolicy>(agent_, weights_);
  part->returns_ = returns_;
  part->observations_ = observations_;
  part->actions_ = actions_;
  part->keep_episodes(rows);
  return part;
}

}  // namespace seqrl

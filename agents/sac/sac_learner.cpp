#include "agents/sac/sac_learner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agents/config/run_files.h"
#include "agents/datasets/action_box.h"
#include "agents/evaluation/episode_seed.h"
#include "agents/learning/trainer_options.h"
#include "envs/checked_env.h"
#include "envs/mujoco/mujoco_env.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

// Keys of a config that would be ignored silently.
void reject_unused(const RunConfig& config) {
  SEQRL_REQUIRE(config.dataset.path.empty(),
                "dataset.path is {}, but sac learns from acting, not from a dataset",
                config.dataset.path);
  SEQRL_REQUIRE(config.dataset.validation.value_or(0) == 0,
                "dataset.validation is {}, but sac has no dataset to hold out a part of",
                *config.dataset.validation);
  SEQRL_REQUIRE(config.evaluation.actions == "likely",
                "evaluation.actions is {}, but the actions of sac are not discrete",
                config.evaluation.actions);
  const TrainingConfig &given = config.training, usual;
  const auto require = [](const char* key, auto value, auto usual_value, const char* instead) {
    SEQRL_REQUIRE(value == usual_value, "training.{} is {}, but sac does not use it{}", key, value,
                  instead);
  };
  require("batch", given.batch, usual.batch, "; set agent.batch");
  require("lr", given.lr, usual.lr, "; set agent.lr");
  require("context", given.context, usual.context, "");
  require("warmup", given.warmup, usual.warmup, "");
  require("schedule", given.schedule, usual.schedule, "");
  require("weight_decay", given.weight_decay, usual.weight_decay, "");
  require("clip", given.clip, usual.clip, "");
  require("dropout", given.dropout, usual.dropout, "");
}

AgentSpec make_spec(const RunConfig& config) {
  reject_unused(config);
  const std::unique_ptr<Env> env = make_env(config.env);
  const Space& actions = env->action_space();
  if (actions.is_discrete()) {
    require_chooses(config.agent.kind(), fmt::format("the actions of {} are discrete ({} choices)",
                                                     title_of(config.env), actions.choices));
  }
  const auto* mujoco = dynamic_cast<const MujocoEnv*>(env.get());
  for (std::size_t i = 0; i < actions.low.size(); ++i) {
    SEQRL_REQUIRE(mujoco == nullptr || std::isfinite(actions.low[i]),
                  "sac acts within bounds, but {} of {} has no bounds; give it "
                  "ctrllimited=\"true\" and ctrlrange=\"-1 1\" in the model",
                  mujoco->model().actuator(static_cast<int>(i)), title_of(config.env));
    SEQRL_REQUIRE(is_bounded(actions, i),
                  "sac acts within bounds, but action[{}] of {} ranges from {} to {}", i,
                  title_of(config.env), actions.low[i], actions.high[i]);
  }
  const auto dim = static_cast<std::size_t>(env->observation_space().dim());
  return {.observation_dim = env->observation_space().dim(),
          .action_dim = actions.dim(),
          .context = config.training.context,
          .max_episode_steps = env->max_episode_steps(),
          .dropout = 0,
          .observation_mean = std::vector<double>(dim, 0.0),
          .observation_std = std::vector<double>(dim, 1.0),
          .action_low = actions.low,
          .action_high = actions.high};
}

SacUpdateOptions update_options(const RunConfig& config, const AgentSpec& spec) {
  const SacConfig& sac = config.agent.as<SacConfig>();
  return {.dim = sac.dim,
          .layers = sac.layers,
          .batch = sac.batch,
          .shards = config.training.shards,
          .lr = sac.lr,
          .discount = sac.discount,
          .target_rate = sac.target_rate,
          .temperature = sac.temperature,
          .target_entropy = sac.target_entropy.value_or(-static_cast<double>(spec.action_dim)),
          .seed = config.seed,
          .precision = trainer_options(config).precision};
}

}  // namespace

SacLearner::SacLearner(const RunConfig& config, ThreadPool& pool)
    : AgentLearner(config, make_spec(config), learning_device(config), pool),
      options_(config.agent.as<SacConfig>()),
      env_(make_env(config.env)),
      replay_(agent().spec().observation_dim, agent().spec().action_dim, config.training.steps),
      update_(
          agent_as<GaussianActor>(), block(), update_options(config, agent().spec()),
          [this](const Shard& shard, SacBatch& batch) { fill(shard, batch); }, pool),
      explorer_(agent_as<GaussianActor>(), block().device(), update_.actor_weights()) {
  const auto observation_dim = static_cast<std::size_t>(agent().spec().observation_dim);
  const auto action_dim = static_cast<std::size_t>(agent().spec().action_dim);
  observation_.resize(observation_dim);
  next_observation_.resize(observation_dim);
  action_.resize(action_dim);
  row_.resize(2 * observation_dim + action_dim);
  start_episode();
}

void SacLearner::begin(const std::filesystem::path& folder) {
  const RunFiles files(folder);
  replay_file_ = files.replay();
  const bool begun = std::filesystem::exists(files.last());
  if (!begun) replay_.create(replay_file_);
}

void SacLearner::start_episode() {
  reset_checked(*env_, episode_seed(config().seed, EpisodeUse::training, episode_.index),
                observation_);
  episode_.length = 0;
  episode_.total = 0;
}

// Chooses the action for observation_, random at first: writes action_ and log_probability_.
void SacLearner::choose_action() {
  Random random(config().seed, Purpose::exploration, static_cast<std::uint64_t>(step_));
  if (step_ < options_.random_steps) {
    const ActionScale& scale = agent().action_scale();
    for (double& a : action_) a = random.uniform(-1, 1);
    scale.to_environment(action_);
    log_probability_ = -std::log(2.0) * static_cast<double>(action_.size()) + scale.log_density();
  } else {
    log_probability_ = explorer_.draw(observation_, random, action_);
  }
}

// Steps the environment by action_: writes outcome_ and next_observation_.
void SacLearner::step_env() {
  outcome_ = step_checked(*env_, action_, next_observation_);
}

// Appends the transition to the replay buffer, and begins the next episode if this one ended.
void SacLearner::remember() {
  if (outcome_.invalid) {
    // A step that broke the simulation is not stored. The rows before it stay, with a timeout.
    if (episode_.length > 0) replay_.end_episode(ReplayBuffer::End::timeout);
  } else {
    const std::size_t dim = observation_.size(), actions = action_.size();
    const std::span<float> row(row_);
    std::ranges::copy(observation_, row.begin());
    std::ranges::copy(action_, row.begin() + static_cast<std::ptrdiff_t>(dim));
    std::ranges::copy(next_observation_, row.begin() + static_cast<std::ptrdiff_t>(dim + actions));
    replay_.append({.observation = row.first(dim),
                    .action = row.subspan(dim, actions),
                    .reward = static_cast<float>(outcome_.reward),
                    .next_observation = row.last(dim),
                    .log_probability = static_cast<float>(log_probability_),
                    .end = outcome_.terminated  ? ReplayBuffer::End::terminated
                           : outcome_.truncated ? ReplayBuffer::End::timeout
                                                : ReplayBuffer::End::running});
    std::swap(observation_, next_observation_);
    ++episode_.length;
    episode_.total += outcome_.reward;
  }
  if (!outcome_.done()) return;
  if (!outcome_.invalid) {
    sums_.returns += episode_.total;
    sums_.lengths += static_cast<double>(episode_.length);
    ++sums_.episodes;
  }
  if (episode_.length > 0) ++episode_.index;  // an episode without rows passes its number on
  start_episode();
}

// Draws a shard's transitions, uniformly from the newest options_.replay, and their noise.
void SacLearner::fill(const Shard& shard, SacBatch& batch) const {
  const auto step = static_cast<std::uint64_t>(step_);
  const std::int64_t newest = replay_.size(), held = std::min(newest, options_.replay);
  const auto observation_dim = agent().spec().observation_dim;
  const auto action_dim = agent().spec().action_dim;
  for (std::int64_t r = shard.first; r < shard.last; ++r) {
    const auto index = static_cast<std::uint32_t>(r);
    Random choice(config().seed, Purpose::batch, step, index);
    const auto back = static_cast<std::int64_t>(choice.below(static_cast<std::uint64_t>(held)));
    const ReplayBuffer::Transition transition = replay_[newest - 1 - back];
    const auto row = static_cast<std::size_t>(r);
    std::ranges::copy(transition.observation, batch.observations.begin() + r * observation_dim);
    std::ranges::copy(transition.next_observation,
                      batch.next_observations.begin() + r * observation_dim);
    agent().action_scale().to_agent(transition.action,
                                    batch.actions.subspan(static_cast<std::size_t>(r * action_dim),
                                                          static_cast<std::size_t>(action_dim)));
    batch.rewards[row] = transition.reward;
    batch.terminated[row] = transition.end == ReplayBuffer::End::terminated ? 1.0f : 0.0f;
    Random random(config().seed, Purpose::policy_noise, step, index);
    for (std::int64_t i = r * action_dim; i < (r + 1) * action_dim; ++i) {
      batch.noise[static_cast<std::size_t>(i)] = static_cast<float>(random.normal());
      batch.next_noise[static_cast<std::size_t>(i)] = static_cast<float>(random.normal());
    }
  }
}

StepResult SacLearner::result_of(const SacUpdate::Result& result) {
  return {.loss = result.losses.critic + result.losses.actor,
          .gradient_norm = result.critic_gradient_norm + result.actor_gradient_norm,
          .step = result.step};
}

StepResult SacLearner::step(std::int64_t step) {
  step_ = step;
  StepResult result{.step = step};
  if (step < options_.random_steps || replay_.size() == 0) {
    choose_action();
    step_env();
  } else {
    result = result_of(update_.step(
        step, {.act = [this] { choose_action(); }, .simulate = [this] { step_env(); }}));
  }
  remember();
  return result;
}

std::vector<Metric> SacLearner::take_metrics() {
  std::vector<Metric> metrics;
  const auto& [losses, steps] = sums_.updates = update_.sums();
  if (steps > 0) {
    const auto n = static_cast<double>(steps);
    metrics = {{"critic_loss", losses.critic / n},
               {"actor_loss", losses.actor / n},
               {"value", losses.value / n},
               {"entropy", losses.entropy / n},
               {"temperature", losses.temperature / n}};
  }
  if (sums_.episodes > 0) {
    const auto n = static_cast<double>(sums_.episodes);
    metrics.push_back({"episode/return", sums_.returns / n});
    metrics.push_back({"episode/length", sums_.lengths / n});
  }
  sums_ = {};
  update_.set_sums({});
  return metrics;
}

std::string SacLearner::source() const {
  return fmt::format("its own acting in {}", title_of(config().env));
}

std::optional<double> SacLearner::broken_parameter() const {
  const auto actor = AgentLearner::broken_parameter();
  return actor ? actor : not_finite(update_.critics());  // targets follow the critics
}

void SacLearner::save(CheckpointWriter& checkpoint) {
  replay_.save(checkpoint);
  save_weights(checkpoint);
  update_.save(checkpoint);
  checkpoint.add_number("episode", episode_.index);
  checkpoint.add_number("episode_length", episode_.length);
  sums_.updates = update_.sums();
  Sums::each(sums_, [&](const char* name, auto sum) { checkpoint.add_number(name, sum); });
}

void SacLearner::load(const CheckpointReader& checkpoint) {
  require_same_actions(checkpoint, agent());
  checkpoint.read(block(), "model.");
  update_.load(checkpoint);
  replay_.load(replay_file_, checkpoint);
  const std::int64_t transitions = replay_.size();
  const auto length = checkpoint.number<std::int64_t>("episode_length");
  episode_.index = checkpoint.number<std::int64_t>("episode");
  Sums::each(sums_,
             [&]<typename T>(const char* name, T& sum) { sum = checkpoint.number<T>(name); });
  update_.set_sums(sums_.updates);
  // The environment is restored by replaying the episode's actions.
  start_episode();
  for (std::int64_t row = transitions - length; row < transitions; ++row) {
    const ReplayBuffer::Transition transition = replay_[row];
    std::ranges::copy(transition.action, action_.begin());
    const StepOutcome outcome = env_->step(action_, observation_);
    episode_.total += outcome.reward;
    ++episode_.length;
    const bool same =
        std::ranges::equal(observation_, transition.next_observation,
                           [](double now, float then) { return static_cast<float>(now) == then; });
    SEQRL_REQUIRE(same && outcome.done() == (transition.end != ReplayBuffer::End::running),
                  "{}: replaying the episode it stopped in gives a different result; the run's "
                  "replay.bin is damaged, or this is another version of MuJoCo",
                  checkpoint.path());
  }
  replay_.resume(replay_file_);
}

}  // namespace seqrl

#include "agents/datasets/dynamics.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <vector>

#include "envs/mujoco/mujoco_env.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

constexpr double kVelocityLimit = 10;  // hopper's and walker2d's velocities are clipped here

// The transitions to test: not the last of an episode, because its next observation belongs to
// another episode.
std::vector<std::int64_t> sample(const Trajectories& data) {
  constexpr std::int64_t kWanted = 64;
  std::int64_t n = 0;
  for (const Episode& episode : data.episodes()) n += episode.length - 1;
  const std::int64_t count = std::min(n, kWanted);
  std::vector<std::int64_t> chosen;
  std::int64_t before = 0;  // the candidates in earlier episodes
  for (const Episode& episode : data.episodes()) {
    const std::int64_t after = before + episode.length - 1;
    for (; std::ssize(chosen) < count && std::ssize(chosen) * n / count < after;) {
      chosen.push_back(episode.begin + std::ssize(chosen) * n / count - before);
    }
    before = after;
  }
  return chosen;
}

double distance(std::span<const double> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = a[i] - static_cast<double>(b[i]);
    sum += difference * difference;
  }
  return std::sqrt(sum);
}

// Whether the observation is qpos without its leading positions, then qvel.
bool shows_state(const MujocoEnv& mujoco, std::size_t hidden) {
  const std::size_t state = mujoco.qpos().size() + mujoco.qvel().size();
  return hidden <= mujoco.qpos().size() &&
         static_cast<std::size_t>(mujoco.observation_space().dim()) + hidden == state;
}

// As step_deviation, for one transition.
std::optional<double> deviation(MujocoEnv& mujoco, std::size_t hidden,
                                std::span<const float> observation, std::span<const float> action,
                                std::span<const float> next) {
  const std::size_t positions = mujoco.qpos().size() - hidden;
  std::vector<double> qpos(hidden), now(observation.begin(), observation.end());
  const auto split = now.begin() + static_cast<std::ptrdiff_t>(positions);
  qpos.insert(qpos.end(), now.begin(), split);
  const std::vector<double> qvel(split, now.end()), act(action.begin(), action.end());
  const auto clipped = [](double v) { return std::abs(v) >= kVelocityLimit; };
  if (std::ranges::any_of(qvel, clipped)) return std::nullopt;
  const double change = distance(now, next);
  if (change == 0) return std::nullopt;
  std::vector<double> predicted(now.size());
  mujoco.set_state(qpos, qvel, predicted);
  if (mujoco.step(act, predicted).invalid) return std::nullopt;
  return distance(predicted, next) / change;
}

}  // namespace

std::optional<double> step_deviation(const Trajectories& data, const std::string& env) {
  const EnvFacts* facts = env_facts(env);
  if (facts == nullptr || !facts->hidden_positions) return std::nullopt;
  const std::unique_ptr<Env> made = make_env(env);
  auto* const mujoco = dynamic_cast<MujocoEnv*>(made.get());
  const std::int64_t dim = data.observation_dim(), actions = data.action_dim();
  const auto hidden = static_cast<std::size_t>(*facts->hidden_positions);
  if (mujoco == nullptr || !shows_state(*mujoco, hidden) ||
      mujoco->observation_space().dim() != dim || mujoco->action_space().dim() != actions) {
    return std::nullopt;
  }
  const auto row = [](std::span<const float> values, std::int64_t index, std::int64_t width) {
    return values.subspan(static_cast<std::size_t>(index * width), static_cast<std::size_t>(width));
  };
  std::vector<double> deviations;
  for (const std::int64_t i : sample(data)) {
    const auto found =
        deviation(*mujoco, hidden, row(data.observations(), i, dim),
                  row(data.actions(), i, actions), row(data.observations(), i + 1, dim));
    if (found) deviations.push_back(*found);
  }
  constexpr std::size_t kFewest = 8;
  if (deviations.size() < kFewest) return std::nullopt;
  const auto median = deviations.begin() + std::ssize(deviations) / 2;
  std::ranges::nth_element(deviations, median);
  return *median;
}

std::string other_env_by_steps(const Trajectories& data, const std::string& env) {
  constexpr double kOther = 0.5, kOwn = 0.1;
  const auto here = step_deviation(data, env);
  if (!here || *here < kOther) return "";
  for (const std::string& name : env_names()) {
    if (name == env) continue;
    const auto there = step_deviation(data, name);
    if (there && *there < kOwn) return name;
  }
  return "";
}

}  // namespace seqrl

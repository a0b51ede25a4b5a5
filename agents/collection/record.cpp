#include "agents/collection/record.h"

#include <algorithm>

namespace seqrl {
namespace {

template <typename To, typename From>
void add(std::vector<To>& to, const From& from) {
  for (const auto& value : from) to.push_back(static_cast<To>(value));
}

template <typename T>
void keep_rows(std::vector<T>& values, std::int64_t count, std::int64_t of) {
  values.resize(values.size() / static_cast<std::size_t>(of) * static_cast<std::size_t>(count));
}

}  // namespace

std::vector<double> Record::returns() const {
  std::vector<double> returns;
  double total = 0;
  for (std::size_t i = 0; i < rewards.size(); ++i) {
    total += static_cast<double>(rewards[i]);
    if (!terminals[i] && !timeouts[i]) continue;
    returns.push_back(total);
    total = 0;
  }
  return returns;
}

void Record::append(const Record& other) {
  const std::int64_t offset = transitions();
  for (std::int64_t begin : other.begins) begins.push_back(offset + begin);
  add(observations, other.observations);
  add(next_observations, other.next_observations);
  add(actions, other.actions);
  add(rewards, other.rewards);
  add(action_log_probs, other.action_log_probs);
  add(qpos, other.qpos);
  add(qvel, other.qvel);
  add(terminals, other.terminals);
  add(timeouts, other.timeouts);
}

void Record::cut(std::int64_t count) {
  const std::int64_t all = transitions();
  if (count >= all) return;
  for (auto* values : {&observations, &next_observations, &actions, &rewards, &action_log_probs}) {
    keep_rows(*values, count, all);
  }
  for (auto* values : {&qpos, &qvel}) keep_rows(*values, count, all);
  for (auto* values : {&terminals, &timeouts}) keep_rows(*values, count, all);
  std::erase_if(begins, [count](std::int64_t begin) { return begin >= count; });
}

Recorder::Recorder(const Env& env) : mujoco_(dynamic_cast<const MujocoEnv*>(&env)) {}

void Recorder::before(std::span<const double> observation, std::span<const double> action) {
  if (record_.begins.empty()) record_.begins.push_back(0);
  add(record_.observations, observation);
  add(record_.actions, action);
  if (mujoco_) {
    add(record_.qpos, mujoco_->qpos());
    add(record_.qvel, mujoco_->qvel());
  }
}

void Recorder::after(std::span<const double> observation, const StepOutcome& outcome,
                     double log_probability) {
  add(record_.next_observations, observation);
  record_.rewards.push_back(static_cast<float>(outcome.reward));
  record_.action_log_probs.push_back(static_cast<float>(log_probability));
  record_.terminals.push_back(outcome.terminated);
  record_.timeouts.push_back(outcome.truncated && !outcome.terminated);
  if (!outcome.invalid) return;
  record_.cut(record_.transitions() - 1);
  if (!record_.timeouts.empty()) record_.timeouts.back() = 1;
}

}  // namespace seqrl

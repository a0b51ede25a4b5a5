// A record holds the transitions that a policy makes, in order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "envs/env.h"
#include "envs/mujoco/mujoco_env.h"

namespace seqrl {

// Row-major, a row per transition; float32 where D4RL has float32.
struct Record {
  std::vector<float> observations, next_observations, actions, rewards, action_log_probs;
  std::vector<double> qpos, qvel;  // before the action; empty if MuJoCo does not simulate
  std::vector<std::uint8_t> terminals, timeouts;
  std::vector<std::int64_t> begins;  // the first row of each episode

  std::int64_t transitions() const { return static_cast<std::int64_t>(rewards.size()); }
  // Undiscounted returns of the episodes that ended.
  std::vector<double> returns() const;

  void append(const Record& other);
  // Drops the rows from `count` on.
  void cut(std::int64_t count);
};

// Records an episode step by step.
class Recorder {
 public:
  explicit Recorder(const Env& env);

  // Called before a step: records observation, simulator state and action.
  void before(std::span<const double> observation, std::span<const double> action);
  // Called after it. An invalid step is not stored: the record ends before it, with a timeout.
  void after(std::span<const double> observation, const StepOutcome& outcome,
             double log_probability);

  Record take() { return std::move(record_); }

 private:
  const MujocoEnv* mujoco_;  // null if there is no state to record
  Record record_;
};

}  // namespace seqrl

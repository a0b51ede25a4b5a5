// The transitions that a policy makes, one after another.
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
  std::vector<double> qpos, qvel;  // before the action; empty where the world is not MuJoCo's
  std::vector<std::uint8_t> terminals, timeouts;
  std::vector<std::int64_t> begins;  // the first row of each episode

  std::int64_t transitions() const { return static_cast<std::int64_t>(rewards.size()); }
  // Undiscounted returns of the episodes that ended.
  std::vector<double> returns() const;

  void append(const Record& other);
  // Forgets the rows from `count` on.
  void cut(std::int64_t count);
};

// Writes an episode down step by step.
class Recorder {
 public:
  explicit Recorder(const Env& env);

  // Before the step: what is seen, where the world stands, what is done.
  void before(std::span<const double> observation, std::span<const double> action);
  // After it. An invalid step takes itself back: the record ends before it, stopped from outside.
  void after(std::span<const double> observation, const Outcome& outcome, double log_probability);

  Record take() { return std::move(record_); }

 private:
  const MujocoEnv* mujoco_;  // null where there is no state to write down
  Record record_;
};

}  // namespace seqrl

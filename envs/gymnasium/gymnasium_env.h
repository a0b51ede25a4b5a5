// Gymnasium's environments as ours: a single one, and a batch of them in one process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "envs/gymnasium/worker_pool.h"

namespace seqrl {

// A single environment. Its process is taken from the pool by the first reset, and again by the
// next one where it was lost.
class GymnasiumEnv final : public Env {
 public:
  explicit GymnasiumEnv(const GymnasiumOptions& options);
  ~GymnasiumEnv() override;

  const std::string& name() const override { return name_; }
  const Space& observation_space() const override { return facts_->observation_space; }
  const Space& action_space() const override { return facts_->action_space; }
  int max_episode_steps() const override { return facts_->max_episode_steps; }
  std::string versions() const override { return facts_->versions; }
  void reset(std::uint64_t seed, std::span<double> observation) override;
  StepOutcome step(std::span<const double> action, std::span<double> observation) override;

  // From the next reset on it can be drawn, by a process that does nothing else.
  void enable_frames();
  bool can_draw() const { return frames_ && worker_ != nullptr && !broken_; }
  GymnasiumFrame frame();  // only where it can draw: not after a step that broke it
  double frames_per_second() const { return facts_->frames_per_second; }  // 0: it does not say

 private:
  GymnasiumOptions options_;
  std::string name_;
  std::shared_ptr<const GymnasiumFacts> facts_;
  std::unique_ptr<Worker> worker_;
  std::vector<double> action_;
  bool frames_ = false, running_ = false, broken_ = false;
};

// Environments of one process, each row of a call in the same message.
class GymnasiumBatch final : public EnvBatch {
 public:
  GymnasiumBatch(const GymnasiumOptions& options, std::size_t slots);
  ~GymnasiumBatch() override;

  const Space& observation_space() const override { return facts_->observation_space; }
  const Space& action_space() const override { return facts_->action_space; }
  bool is_concurrent() const override { return false; }
  void reset(std::span<const ResetRow> rows) override;
  void step(std::span<StepRow> rows) override;
  void release(std::size_t) override {}

 private:
  GymnasiumOptions options_;
  std::size_t slots_;
  std::shared_ptr<const GymnasiumFacts> facts_;
  std::unique_ptr<Worker> worker_;
  std::vector<double> actions_;  // clipped
};

}  // namespace seqrl

// Gymnasium's environments as Env: a single one, and a batch in one process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "envs/gymnasium/worker_pool.h"

namespace seqrl {

// A single environment. The first reset takes its process from the pool. If the process is lost,
// the next reset takes another.
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

  // Enables drawing from the next reset on, in a process used for nothing else.
  void enable_frames();
  bool can_draw() const { return frames_ && worker_ != nullptr && !broken_; }
  GymnasiumFrame frame();  // only if it can draw: not after a step that broke it
  double frames_per_second() const { return facts_->frames_per_second; }  // 0: unknown

 private:
  GymnasiumOptions options_;
  std::string name_;
  std::shared_ptr<const GymnasiumFacts> facts_;
  std::unique_ptr<Worker> worker_;
  std::vector<double> action_;
  bool frames_ = false, running_ = false, broken_ = false;
};

// Environments in one process; all rows of a call are in the same message.
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

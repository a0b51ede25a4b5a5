// The learner of Soft Actor-Critic acts, stores the transitions, and learns from them.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "agents/learning/agent_learner.h"
#include "agents/sac/explorer.h"
#include "agents/sac/replay_buffer.h"
#include "agents/sac/sac_config.h"
#include "agents/sac/sac_update.h"
#include "envs/env.h"

namespace seqrl {

// A step is one step of the environment and, after the first random_steps, one gradient step. Both
// run at the same time: the action of step t comes from the policy before the gradient step, and
// the gradient step learns from the transitions before t. On CUDA the host waits for the action,
// and for a step's result only when it is requested. An episode that ends at the time limit is
// bootstrapped, one that terminates is not; an invalid one is discarded from the step at which it
// broke.
//
// The run's folder contains replay.bin, all transitions of the run (agents/sac/replay_buffer.h).
class SacLearner : public AgentLearner {
 public:
  SacLearner(const RunConfig& config, ThreadPool& pool);

  void begin(const std::filesystem::path& folder) override;
  StepResult step(std::int64_t step) override;
  StepResult wait() override { return result_of(update_.wait()); }
  std::vector<Metric> take_metrics() override;
  std::string source() const override;
  std::optional<double> broken_parameter() const override;
  void save(CheckpointWriter& checkpoint) override;
  void load(const CheckpointReader& checkpoint) override;

  const ReplayBuffer& replay() const { return replay_; }

 private:
  // The state of the current episode.
  struct Episode {
    std::int64_t index = 0, length = 0;
    double total = 0;  // the rewards so far
  };
  // Sums since the metrics were taken.
  struct Sums {
    SacUpdate::Sums updates;  // as of the last take_metrics(), save() or load()
    double returns = 0, lengths = 0;
    std::int64_t episodes = 0;

    // Calls visit(name, sum) for each.
    template <typename Self, typename Visit>
    static void each(Self& sums, Visit&& visit) {
      visit("sum_critic_loss", sums.updates.losses.critic);
      visit("sum_actor_loss", sums.updates.losses.actor);
      visit("sum_value", sums.updates.losses.value);
      visit("sum_entropy", sums.updates.losses.entropy);
      visit("sum_temperature", sums.updates.losses.temperature);
      visit("sum_returns", sums.returns);
      visit("sum_lengths", sums.lengths);
      visit("sum_updates", sums.updates.steps);
      visit("sum_episodes", sums.episodes);
    }
  };

  static StepResult result_of(const SacUpdate::Result& result);
  void choose_action();
  void step_env();
  void remember();
  void start_episode();
  void fill(const Shard& shard, SacBatch& batch) const;

  const SacConfig options_;
  std::unique_ptr<Env> env_;
  ReplayBuffer replay_;
  std::filesystem::path replay_file_;
  SacUpdate update_;
  Explorer explorer_;
  Episode episode_;
  std::vector<double> observation_, next_observation_, action_;
  std::vector<float> row_;  // observation, action, next observation of the latest transition
  double log_probability_ = 0;
  StepOutcome outcome_;
  Sums sums_;
  std::int64_t step_ = 0;  // the current one
};

}  // namespace seqrl

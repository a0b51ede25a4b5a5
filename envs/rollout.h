// Many environments of one kind, advancing in lockstep.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "configs/base/thread_pool.h"
#include "envs/env.h"
#include "envs/env_options.h"

namespace seqrl {

// `count` environments side by side, stepped by the pool's threads in contiguous groups. The
// results depend neither on the number of threads nor on the other environments. A step allocates
// nothing.
class Rollout {
 public:
  // `pool` must outlive the rollout.
  Rollout(std::string_view env, int count, ThreadPool& pool);

  int count() const { return static_cast<int>(envs_.size()); }
  int observation_dim() const { return envs_.front()->observation_space().dim(); }
  int action_dim() const { return envs_.front()->action_space().dim(); }

  // Starts an episode in every environment: seeds (count), observations (count, observation_dim).
  void reset(std::span<const std::uint64_t> seeds, std::span<double> observations);

  // Steps the environments whose outcome, from the step before, is not done(): the others' rows are
  // neither read nor written. actions (count, action_dim), observations (count, observation_dim),
  // outcomes (count), which must start as Outcome{} after a reset.
  void step(std::span<const double> actions, std::span<double> observations,
            std::span<Outcome> outcomes);

  Env& env(int index) { return *envs_[static_cast<std::size_t>(index)]; }

 private:
  template <typename Task>
  void each(Task&& task);

  std::vector<std::unique_ptr<Env>> envs_;
  ThreadPool& pool_;
};

struct SteppingSpeed {
  std::int64_t steps = 0;
  double seconds = 0;
  double steps_per_second = 0;
};

// How fast `env` steps with nothing around it: each thread steps one environment with uniform
// random actions, drawn beforehand, starting over when an episode is done. What an evaluation is
// measured against. threads = 0: one a processor.
SteppingSpeed measure_stepping(const EnvSection& env, std::int64_t steps, int threads = 0);
SteppingSpeed measure_stepping(std::string_view env, std::int64_t steps, int threads = 0);

}  // namespace seqrl

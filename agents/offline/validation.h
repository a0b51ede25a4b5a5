// How well an offline agent predicts the actions of episodes that it did not learn from.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "agents/checkpoint.h"
#include "agents/datasets/trajectories.h"
#include "configs/base/thread_pool.h"

namespace seqrl {

// Of held-out episodes. The loss is what training minimises (of both offline agents the mean
// squared error of the actions, scaled to [−1, 1]), over every timestep once: each episode is cut
// into windows of the agent's context, end to end. No dropout; on the CPU; the result does not
// depend on threads.
class Validation {
 public:
  // For agents like this one. Owns the episodes.
  Validation(const RunConfig& config, const Problem& problem, Trajectories episodes);

  // Of an agent with these parameters, on any device. Nothing when `stop`, asked now and then from
  // several threads, ended it.
  std::optional<double> loss(const ParameterBlock& parameters, ThreadPool& pool,
                             const std::function<bool()>& stop = nullptr);

  const Trajectories& episodes() const { return episodes_; }

 private:
  Trajectories episodes_;
  TrainedAgent agent_;
};

}  // namespace seqrl

// The loss of an offline agent on episodes that it did not learn from.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "agents/datasets/trajectories.h"
#include "agents/policies/checkpoint.h"
#include "configs/base/progress_monitor.h"
#include "configs/base/thread_pool.h"

namespace seqrl {

// The mean loss over the held-out timesteps, the share of choices that are the likeliest, where
// actions are choices, and their number.
struct ValidationResult {
  double loss = 0;
  std::optional<double> accuracy = {};
  std::int64_t episodes = 0, transitions = 0;  // that were held out
};

// As an evaluation without an environment: {"env": null, "validation_loss", "validation_episodes",
// "targets": []}, and of choices "validation_accuracy".
nlohmann::ordered_json to_json(const ValidationResult& result);
// A line for people.
std::string to_text(const ValidationResult& result);

// Measures agents on held-out episodes. The loss is what training minimises (of both offline agents
// the mean squared error of the actions, scaled to [−1, 1], or the cross entropy of choices), over
// every timestep once: each episode is cut into windows of the agent's context, end to end. No
// dropout; on the CPU; the config's ranks measure a part each; the result does not depend on
// threads or ranks.
class Validation {
 public:
  // For agents of this config and spec. Owns the episodes.
  Validation(const RunConfig& config, const AgentSpec& spec, Trajectories episodes);

  // An agent with these parameters, on any device. Nothing when the monitor ended it.
  std::optional<ValidationResult> measure(const ParameterBlock& parameters, ThreadPool& pool,
                                          const ProgressMonitor& monitor = {});

  const Trajectories& episodes() const { return episodes_; }

 private:
  Trajectories episodes_;
  TrainedAgent agent_;
  Communicator& ranks_;
};

}  // namespace seqrl

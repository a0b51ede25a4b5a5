// The loss of an offline agent on held-out episodes.
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

// The mean loss over the held-out timesteps; if actions are choices, the share of choices that are
// the most likely, and their number.
struct ValidationResult {
  double loss = 0;
  std::optional<double> accuracy = {};
  std::int64_t episodes = 0, transitions = 0;  // that were held out
};

// As an evaluation without an environment: {"env": null, "validation_loss", "validation_episodes",
// "targets": []}, and for choices "validation_accuracy".
nlohmann::ordered_json to_json(const ValidationResult& result);
// One line of readable text.
std::string to_text(const ValidationResult& result);

// Measures agents on held-out episodes. The loss is the training loss (for both offline agents the
// mean squared error of the actions, scaled to [−1, 1], or the cross entropy of choices), over
// every timestep once: each episode is cut into windows of the agent's context, end to end. There
// is no dropout, and it runs on the CPU. The config's ranks measure a part each; the result does
// not depend on threads or ranks.
class Validation {
 public:
  // For agents of this config and spec. Owns the episodes.
  Validation(const RunConfig& config, const AgentSpec& spec, Trajectories episodes);

  // An agent with these parameters, on any device. Nothing when the monitor stopped it.
  std::optional<ValidationResult> measure(const ParameterBlock& parameters, ThreadPool& pool,
                                          const ProgressMonitor& monitor = {});

  const Trajectories& episodes() const { return episodes_; }

 private:
  Trajectories episodes_;
  TrainedAgent agent_;
  Communicator& ranks_;
};

}  // namespace seqrl

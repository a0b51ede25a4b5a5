// Settings shared by the commands that take an agent.
#pragma once

#include <string>
#include <vector>

#include "agents/evaluation/evaluator.h"
#include "agents/policies/checkpoint.h"

namespace seqrl::tools {

// Takes checkpoint=best|last out of the settings.
CheckpointChoice take_checkpoint(std::vector<std::string>& settings);

// The config of a trained agent with `overrides`, resolved. If they name another environment, the
// targets are that environment's unless the overrides also set them. `path` is for messages.
RunConfig config_with(const TrainedAgent& trained, const std::string& path,
                      const std::vector<std::string>& overrides);

// The options of an evaluation of the agent. The settings of its environment (env=, env.KEY=) are
// taken out of `settings`.
EvaluationOptions take_evaluation(const TrainedAgent& trained, const std::string& path,
                                  std::vector<std::string>& settings);

// Accepts target=… for targets=….
void accept_target(std::vector<std::string>& settings);

}  // namespace seqrl::tools

// Settings that commands share which take an agent.
#pragma once

#include <string>
#include <vector>

#include "agents/evaluation/evaluator.h"
#include "agents/policies/checkpoint.h"

namespace seqrl::tools {

// Takes checkpoint=best|last out of the settings.
CheckpointChoice take_checkpoint(std::vector<std::string>& settings);

// The config of a trained agent with `overrides`, resolved. Where they name another environment,
// the targets are that environment's own unless they are given, too. `path` is for messages.
RunConfig config_with(const TrainedAgent& trained, const std::string& path,
                      const std::vector<std::string>& overrides);

// What an evaluation of the agent is, with what `settings` say of its environment (env=, env.KEY=),
// which are taken out of them.
EvaluationOptions take_evaluation(const TrainedAgent& trained, const std::string& path,
                                  std::vector<std::string>& settings);

// Lets target=… stand for targets=….
void accept_target(std::vector<std::string>& settings);

}  // namespace seqrl::tools

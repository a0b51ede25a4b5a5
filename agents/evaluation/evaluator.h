// The evaluator plays an agent's episodes, many in lockstep, and summarises them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/evaluation/evaluation.h"
#include "agents/policies/agent.h"
#include "configs/base/progress_monitor.h"
#include "configs/base/thread_pool.h"
#include "envs/env.h"
#include "models/nn/parameter_block.h"
#include "models/training/communicator.h"

namespace seqrl {

// The episodes of an evaluation.
struct EvaluationOptions {
  EnvSection env;
  std::vector<double> targets;  // returns to request; agents without targets play once
  std::int64_t episodes = 100;  // for each target
  std::vector<ActMode> modes = {ActMode::stream};
  bool samples = false;    // actions, if they are choices
  std::uint64_t seed = 0;  // episode i starts from the same state for every target and mode
  std::int64_t group = 0;  // the most episodes that share a policy's batch; 0 = automatic
  std::optional<NamedScale> scale = {};  // an additional scale for results
  ProgressMonitor monitor = {};
  Communicator* ranks = &single_process();  // that play together, each some of the episodes
};

// The evaluation that a config specifies. An Error of kind user if it has no environment.
EvaluationOptions evaluation_options(const RunConfig& config);

// An Error of kind user if the agent was made for other choices, or for observations or actions of
// other sizes, than the environment's.
void require_fit(const Agent& agent, const Env& env);

// Plays episodes × targets × modes. Each thread plays a group of episodes in lockstep; a thread
// without episodes gets half of another's. Neither the groups nor the number of threads or ranks
// change the result, which all ranks return. Nothing when the monitor of one stopped it.
std::optional<Evaluation> evaluate(const Agent& agent, const PackedWeights& weights,
                                   const EvaluationOptions& options, ThreadPool& pool);

// The same on the device that holds the agent's parameters. A GPU's policies act for two groups in
// turn, while the threads step the environments of the other. The number of episodes may change the
// last bits of the actions. The number of threads or ranks does not; ranks play whole groups. An
// Error of kind user if the ranks' GPUs differ.
std::optional<Evaluation> evaluate(const Agent& agent, const ParameterBlock& parameters,
                                   const EvaluationOptions& options, ThreadPool& pool);

// The device on which an agent acts for a config. With evaluation.device: auto it is `home`, or the
// CPU for agents that act only there. An Error of kind user if cuda is not available, or the agent
// does not act on it.
Device evaluation_device(const RunConfig& config, const Agent& agent, Device home);

}  // namespace seqrl

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
  std::vector<double> targets;  // returns to ask for; agents without targets play once
  std::int64_t episodes = 100;  // for each target
  std::vector<ActMode> modes = {ActMode::stream};
  bool samples = false;    // actions, where they are choices
  std::uint64_t seed = 0;  // episode i starts from the same state for every target and mode
  std::int64_t group = 0;  // the most episodes that share a policy's batch; 0 = as suits
  std::optional<NamedScale> scale = {};  // that results are given on, too
  ProgressMonitor monitor = {};
  Communicator* ranks = &single_process();  // that play together, each some of the episodes
};

// The evaluation that a config asks for. An Error of kind user where it has no environment.
EvaluationOptions evaluation_options(const RunConfig& config);

// An Error of kind user where the agent was made for other choices, or for observations or actions
// of other sizes, than the environment's.
void require_fit(const Agent& agent, const Env& env);

// Plays episodes × targets × modes. Each thread plays a group of episodes in lockstep; one that has
// none left is given half of another's. Neither the groups nor the number of threads or ranks
// change the result, which all ranks get. Nothing when the monitor of one ended it.
std::optional<Evaluation> evaluate(const Agent& agent, const PackedWeights& weights,
                                   const EvaluationOptions& options, ThreadPool& pool);

// The same on the device that the agent's parameters are on. A GPU's policies act for two groups in
// turn, while the threads step the environments of the other; how many episodes there are may
// change their actions' last bits, the number of threads does not, nor that of ranks, which play
// whole groups. An Error of kind user where their GPUs are not alike.
std::optional<Evaluation> evaluate(const Agent& agent, const ParameterBlock& parameters,
                                   const EvaluationOptions& options, ThreadPool& pool);

// The device on which a config has an agent act. With evaluation.device: auto it is `home`, or the
// CPU for agents that act only there. An Error of kind user where cuda is not available, or the
// agent does not act on it.
Device evaluation_device(const RunConfig& config, const Agent& agent, Device home);

}  // namespace seqrl

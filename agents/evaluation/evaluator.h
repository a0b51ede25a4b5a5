// An evaluation of an agent: many episodes in lockstep.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/policies/agent.h"
#include "configs/base/progress_monitor.h"
#include "configs/base/thread_pool.h"
#include "envs/env.h"
#include "models/nn/parameter_block.h"

namespace seqrl {

// The episodes of an evaluation.
struct EvaluationOptions {
  EnvSection env;
  std::vector<double> targets;  // returns to ask for; agents without targets play once
  std::int64_t episodes = 100;  // for each target
  std::vector<ActMode> modes = {ActMode::stream};
  std::uint64_t seed = 0;  // episode i starts from the same state for every target and mode
  std::int64_t group = 0;  // the most episodes that share a policy's batch; 0 = as suits
  ProgressMonitor monitor = {};
};

// The evaluation that a config asks for. An Error of kind user where it has no environment.
EvaluationOptions evaluation_options(const RunConfig& config);

// What the episodes of one target brought. Means and standard deviations (of the population) are
// over valid episodes; they are absent when there was none, scores also where D4RL has no
// reference.
struct TargetResult {
  ActMode mode;
  std::optional<double> target;
  std::int64_t episodes = 0;
  std::int64_t invalid = 0;  // the simulation broke: counted, never scored
  std::optional<double> return_mean, return_std, score_mean, score_std, length_mean;
  std::vector<double> returns;  // of the valid episodes
  // Of all episodes, in the order of their seeds; an invalid one has no return.
  std::vector<std::optional<double>> all_returns;
  std::vector<std::int64_t> lengths;
};

struct Evaluation {
  std::string env, mujoco_version;
  Device device = Device::cpu;  // that the policies acted on
  std::vector<ActMode> modes;
  bool has_memory = true;       // of the agent; if not, no mode means anything
  double steps_per_second = 0;  // of the environment, all episodes together
  std::int64_t steps = 0;
  double simulation_seconds = 0;      // spent in the environments, all threads together
  std::vector<TargetResult> targets;  // by mode, then in the order asked for

  // The number that ranks checkpoints, fixed before any result is seen: of the first mode and
  // target asked for, the mean score, or the mean return where there is no score.
  double ranking() const;
};

// "mode" is a name, or a list of several; "modes" always a list, empty for agents without memory.
nlohmann::ordered_json to_json(const Evaluation& evaluation);

// A few lines for people.
std::string to_text(const Evaluation& evaluation);

// An Error of kind user where the agent was made for observations or actions of other sizes than
// the environment's.
void require_fit(const Agent& agent, const Env& env);

// Plays episodes × targets × modes. Each thread plays a group of episodes in lockstep; one that has
// none left is given half of another's. Neither the groups nor the number of threads change the
// result. Nothing when the monitor ended it.
std::optional<Evaluation> evaluate(const Agent& agent, const PackedWeights& weights,
                                   const EvaluationOptions& options, ThreadPool& pool);

// The same on the device that the agent's parameters are on. A GPU's policies act for two groups in
// turn, while the threads step the environments of the other; how many episodes there are may
// change their actions' last bits, the number of threads does not.
std::optional<Evaluation> evaluate(const Agent& agent, const ParameterBlock& parameters,
                                   const EvaluationOptions& options, ThreadPool& pool);

// The device on which a config has an agent act. With evaluation.device: auto it is `home`, or the
// CPU for agents that act only there. An Error of kind user where cuda is not available, or the
// agent does not act on it.
Device evaluation_device(const RunConfig& config, const Agent& agent, Device home);

}  // namespace seqrl

// A run's checkpoint is one file with everything needed to resume the run and to act with its
// agent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "agents/config/run_config.h"
#include "agents/policies/agent.h"
#include "models/nn/parameter_block.h"
#include "models/training/checkpoint.h"
#include "models/training/metrics.h"

namespace seqrl {

// The metadata "format" of a run's checkpoint.
inline constexpr const char* kCheckpointFormat = "seqrl checkpoint 1";

// The progress of a run when the checkpoint was written.
struct RunProgress {
  std::int64_t step = 0;                         // steps done
  std::int64_t evaluated = -1;                   // the step of the last evaluation
  std::string last_evaluation, best_evaluation;  // JSON, "" for none
  double best_ranking = 0;                       // of best_evaluation
  std::string earlier_best;                      // a JSON list, of other settings, or ""
  std::string source;                            // its training data, as readable text
  std::string data_facts;                        // the same for programs: JSON, or ""
  LogPosition logs{.step = 0, .metrics = -1, .events = -1};
};

// Read the config and progress written by add_run() (agents/runs/run_checkpoint.h). A file that is
// not a checkpoint is an Error of kind user. So is one that requests plugins that were not allowed,
// unless `plugins` says that it is only described.
RunConfig read_run_config(const CheckpointReader& checkpoint,
                          PluginUse plugins = PluginUse::refuse);
RunProgress read_run_progress(const CheckpointReader& checkpoint);

// Adds an agent's parameters and its spec.
void add_agent(CheckpointWriter& checkpoint, const Agent& agent, const ParameterBlock& parameters);

// Rejects a checkpoint whose agent has other choices, or another box of actions, than this one.
// Older checkpoints store none, which means ±1.
void require_same_actions(const CheckpointReader& checkpoint, const Agent& agent);

// The agent that a config describes, for a spec; its parameters have no values yet.
std::unique_ptr<Agent> make_agent(const RunConfig& config, const AgentSpec& spec);

// An agent with its parameters, and the settings that created it.
struct TrainedAgent {
  RunConfig config;
  std::unique_ptr<Agent> agent;
  std::unique_ptr<ParameterBlock> parameters;
  RunProgress progress;
};

// A fresh agent for a spec, initialised from the config's seed.
TrainedAgent make_trained_agent(const RunConfig& config, const AgentSpec& spec,
                                Device device = Device::cpu);

// Moves its parameters to a device.
void move_to(Device device, TrainedAgent& trained);

// The agent in a checkpoint. A file that is damaged or not a checkpoint is an Error of kind user.
TrainedAgent load_agent(const CheckpointReader& checkpoint);
TrainedAgent load_agent(const std::filesystem::path& path);

// Selects one of a folder's checkpoints: `usual` is the last one of a run, and the model in a
// folder written by 'seqrl export'.
enum class CheckpointChoice { usual, last, best };

// "" (usual), "last" or "best"; an Error of kind user for another name.
CheckpointChoice checkpoint_choice(const std::string& name);

// A checkpoint's file, given its path, a run's folder or a folder written by 'seqrl export'. An
// Error of kind user if there is none, or if a choice is given and there is nothing to choose.
std::filesystem::path find_checkpoint(const std::filesystem::path& path,
                                      CheckpointChoice choice = CheckpointChoice::usual);

}  // namespace seqrl

// Checkpoints: everything a run needs to go on, or to act elsewhere, in one safetensors file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "agents/agent.h"
#include "agents/config.h"
#include "models/nn/parameter_block.h"
#include "models/training/optimizer.h"

namespace seqrl {

// Where a run stood, besides its tensors.
struct RunProgress {
  std::int64_t step = 0;                         // optimizer steps done
  std::int64_t evaluated = -1;                   // the step of the last evaluation
  double loss_sum = 0;                           // of the steps since the last line of metrics
  std::string last_evaluation, best_evaluation;  // JSON, "" for none
  double best_ranking = 0;                       // of best_evaluation
  std::uint64_t dataset_fingerprint = 0;
  std::string dataset;  // for people: path, episodes, transitions
};

// An agent with its parameters, and what made it.
struct TrainedAgent {
  RunConfig config;
  std::unique_ptr<Agent> agent;
  std::unique_ptr<ParameterBlock> parameters;
  RunProgress progress;
};

// A fresh agent for a problem, initialised from the config's seed.
TrainedAgent make_trained_agent(const RunConfig& config, Problem problem);

// Written whole or not at all; an Error of kind failure when it cannot be written.
void save_checkpoint(const std::filesystem::path& path, const TrainedAgent& trained,
                     const AdamW& optimizer);

// The agent in a checkpoint. A file that is damaged, or no checkpoint, is an Error of kind user.
TrainedAgent load_agent(const std::filesystem::path& path);

// The optimizer's state in a checkpoint, for the agent loaded from it.
void load_optimizer(const std::filesystem::path& path, const ParameterBlock& parameters,
                    AdamW& optimizer);

// A checkpoint's file, given its path or a run's folder (its last checkpoint). An Error of kind
// user when there is none.
std::filesystem::path find_checkpoint(const std::filesystem::path& path);

}  // namespace seqrl

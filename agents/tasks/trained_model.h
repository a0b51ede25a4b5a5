// A trained model is a task's network with its parameters, fresh or from a checkpoint.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/config/run_config.h"
#include "configs/base/progress_monitor.h"
#include "configs/base/thread_pool.h"
#include "models/nn/parameter_block.h"
#include "models/tasks/characters.h"
#include "models/tasks/evaluation.h"
#include "models/training/checkpoint.h"

namespace seqrl {

// A task's network with its parameters, and the settings that created it.
struct TrainedModel {
  RunConfig config;
  std::unique_ptr<Task> task;
  std::unique_ptr<SequenceModel> model;
  std::unique_ptr<ParameterBlock> parameters;
};

// A fresh network for config.task, initialised from the config's seed; reads the task's files.
TrainedModel make_trained_model(const RunConfig& config, Device device = Device::cpu);
// The network in a checkpoint of a task's run, and its task. Overrides may change options of the
// task that the network does not depend on. An Error of kind user if they change others, and for
// any other file.
TrainedModel load_model(const CheckpointReader& checkpoint,
                        const std::vector<std::string>& overrides = {},
                        Device device = Device::cpu);

// Adds a network's parameters, and the task properties on which it depends.
void add_model(CheckpointWriter& checkpoint, const TrainedModel& trained);
// Reads the parameters back. An Error of kind user if the checkpoint's task is another.
void read_model(const CheckpointReader& checkpoint, TrainedModel& trained);

// Evaluates a network on its task (models/tasks/evaluation.h), on the device that holds its
// parameters. Nothing when the monitor stopped it.
std::optional<TaskEvaluation> evaluate(const TrainedModel& trained, ThreadPool& pool,
                                       const ProgressMonitor& monitor = {});

// A language model that writes text, character by character.
struct CharacterModel {
  Vocabulary vocabulary;
  std::unique_ptr<SequenceModel> model;
  std::unique_ptr<ParameterBlock> parameters;
};

// The one in a checkpoint; needs no text file. An Error of kind user for any other checkpoint. A
// Transformer's attention sees as far as in training, so its memory stays constant.
CharacterModel load_character_model(const CheckpointReader& checkpoint);

}  // namespace seqrl

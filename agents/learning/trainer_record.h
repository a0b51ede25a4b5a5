// What the learners with a Trainer share: its options, its metrics, its part of a checkpoint.
#pragma once

#include <vector>

#include "agents/config/run_config.h"
#include "agents/learning/learner.h"
#include "models/training/checkpoint.h"
#include "models/training/trainer.h"

namespace seqrl {

// A config's section `training`, as a Trainer takes it.
TrainerOptions trainer_options(const RunConfig& config);

Learner::StepResult learner_result(const Trainer::StepResult& result);

// {"loss": the mean since the last call, "gradient_norm", "lr": of the latest step}. Waits.
std::vector<Metric> take_metrics(Trainer& trainer);

// The optimizer's state and the sum of losses, of the trainer of `block`. Wait.
void save(CheckpointWriter& checkpoint, Trainer& trainer, const ParameterBlock& block);
// Also the block's parameters.
void load(const CheckpointReader& checkpoint, Trainer& trainer, ParameterBlock& block);

}  // namespace seqrl

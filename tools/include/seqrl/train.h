// The public header for training: runs like those of `seqrl train`, in your own program.
//
//   auto config = seqrl::read_config<seqrl::RunConfig>("hopper.yaml", {"training.steps=1000"});
//   auto run = seqrl::TrainingRun::begin(config);  // or begin(config, data), from seqrl/dataset.h
//   run.run({.on_message = [](const std::string& line) { … }});
//   seqrl::Actor actor(run.folder());              // from seqrl/actor.h
//
// The program registers its own environments and backbones before it reads the config.
// RunConfig is documented in detail/agents/config/run_config.h, TrainingRun in
// detail/agents/runs/training_run.h, evaluation in detail/agents/evaluation/evaluator.h.
#pragma once

#include "agents/config/run_config.h"
#include "agents/evaluation/evaluator.h"
#include "agents/runs/training_run.h"
#include "configs/base/error.h"
#include "configs/schema/config.h"

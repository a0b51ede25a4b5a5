// The public header for training: runs, as `seqrl train` makes them, in a program of your own.
//
//   auto config = seqrl::read_config<seqrl::RunConfig>("hopper.yaml", {"training.steps=1000"});
//   auto run = seqrl::TrainingRun::begin(config);  // or begin(config, data), from seqrl/dataset.h
//   run.run({.on_message = [](const std::string& line) { … }});
//   seqrl::Actor actor(run.folder());              // of seqrl/actor.h
//
// Environments and backbones of the program's own are registered before the config is read.
// RunConfig is documented in detail/agents/config/run_config.h, TrainingRun in
// detail/agents/runs/training_run.h, evaluation in detail/agents/evaluation/evaluator.h.
#pragma once

#include "agents/config/run_config.h"
#include "agents/evaluation/evaluator.h"
#include "agents/runs/training_run.h"
#include "configs/base/error.h"
#include "configs/schema/config.h"

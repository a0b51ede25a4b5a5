// Training a run, as `seqrl train` does, in a program of your own.
//
//   auto config = seqrl::read_config<seqrl::RunConfig>("hopper.yaml", {"training.steps=1000"});
//   seqrl::TrainingRun::begin(config).run({.said = [](const std::string& line) { … }});
//
// RunConfig is documented in detail/agents/config/run_config.h, TrainingRun in
// detail/agents/runs/training_run.h, evaluation in detail/agents/evaluation/evaluator.h.
#pragma once

#include "agents/config/run_config.h"
#include "agents/evaluation/evaluator.h"
#include "agents/runs/training_run.h"
#include "configs/base/error.h"
#include "configs/schema/config.h"

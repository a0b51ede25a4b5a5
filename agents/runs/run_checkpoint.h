// The part of a checkpoint that describes its run.
#pragma once

#include "agents/policies/checkpoint.h"

namespace seqrl {

// Adds the format, config and progress of a run, and MuJoCo's version. Read back by
// read_run_config() and read_run_progress().
void add_run(CheckpointWriter& checkpoint, const RunConfig& config, const RunProgress& progress);

}  // namespace seqrl

// Notes on how the MuJoCo version affects an environment. There are none for an environment that
// cannot be created here or that is in another process.
#pragma once

#include "envs/env_options.h"
#include "models/training/checkpoint.h"

namespace seqrl::tools {

// Prints a note if the running MuJoCo simulates this environment differently from 2.2, and one if
// it simulates it differently from the version that the checkpoint, if any, was made with.
void print_physics_notes(const EnvSection& env, const CheckpointReader* checkpoint = nullptr);

}  // namespace seqrl::tools

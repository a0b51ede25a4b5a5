// Notes of commands on how MuJoCo moves an environment. There are none of what cannot be made here,
// and of what is in another process.
#pragma once

#include "envs/env_options.h"
#include "models/training/checkpoint.h"

namespace seqrl::tools {

// Prints a note where the MuJoCo that runs moves this environment otherwise than 2.2 did, and one
// where it moves it otherwise than the version did that the checkpoint, if any, was made with.
void print_physics_notes(const EnvSection& env, const CheckpointReader* checkpoint = nullptr);

}  // namespace seqrl::tools

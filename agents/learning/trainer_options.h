// The options of a Trainer, from a config.
#pragma once

#include "agents/config/run_config.h"
#include "models/training/trainer.h"

namespace seqrl {

// A config's section `training`, as options of a Trainer.
TrainerOptions trainer_options(const RunConfig& config);

}  // namespace seqrl

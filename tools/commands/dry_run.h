// What a run would be, without one.
#pragma once

#include "agents/config/run_config.h"

namespace seqrl::tools {

// Prints the resolved config, which reads back as YAML, and what its first steps say: parameters,
// memory, time. Writes nothing. Where the dataset is not there, random experience stands for it.
int dry_run(RunConfig config);

}  // namespace seqrl::tools

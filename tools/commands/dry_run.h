// The dry run of `seqrl train --dry-run`, which describes a run without starting it.
#pragma once

#include "agents/config/run_config.h"

namespace seqrl::tools {

// Prints the resolved config as readable YAML, and measurements of the first steps: parameters,
// memory, time. Writes nothing. If the dataset is missing, random experience replaces it.
int dry_run(RunConfig config);

}  // namespace seqrl::tools

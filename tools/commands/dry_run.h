// A dry run: what `seqrl train --dry-run` prints of a run that is not started.
#pragma once

#include "agents/config/run_config.h"

namespace seqrl::tools {

// Prints the resolved config, which reads back as YAML, and what its first steps say: parameters,
// memory, time. Writes nothing. Where the dataset is not there, random experience stands for it.
int dry_run(RunConfig config);

}  // namespace seqrl::tools

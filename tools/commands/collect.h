// What `seqrl collect` writes, for the command and for the Python module.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agents/collection/collector.h"

namespace seqrl::tools {

// Reads settings (`env=hopper`, `policy=medium`, …), as `seqrl help collect` says, and has
// `write` do what they ask for. Notes go to stderr.
Collected collect_as_told(std::vector<std::string> settings,
                          const std::function<Collected(const CollectConfig&)>& write);

}  // namespace seqrl::tools

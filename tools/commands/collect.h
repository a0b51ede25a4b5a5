// The settings of `seqrl collect`, for the command and for the Python module.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agents/collection/collector.h"

namespace seqrl::tools {

// Reads the settings that `seqrl help collect` describes (`env=hopper`, `policy=medium`, …), and
// calls `write` with them. Notes go to stderr.
Collected collect_as_told(std::vector<std::string> settings,
                          const std::function<Collected(const CollectConfig&)>& write);

}  // namespace seqrl::tools

// The evaluation of `seqrl eval`, for the command and for the Python module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/base/progress_monitor.h"
#include "models/training/communicator.h"

namespace seqrl::tools {

// An evaluation as a JSON document, and as lines of text.
struct Measured {
  std::string json, text;
};

// Evaluates a run's folder, a checkpoint or a shipped policy with the settings that `seqrl help
// eval` describes (`episodes=10`). Notes go to stderr. Returns nothing if the monitor stopped it.
std::optional<Measured> measure(const std::string& path, std::vector<std::string> settings,
                                const ProgressMonitor& monitor,
                                Communicator& ranks = single_process());

}  // namespace seqrl::tools

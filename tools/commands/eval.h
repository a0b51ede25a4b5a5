// What `seqrl eval` measures of a checkpoint, for the command and for the Python module.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "configs/base/progress_monitor.h"
#include "models/training/communicator.h"

namespace seqrl::tools {

// An evaluation as JSON, a document, and as lines for people.
struct Measured {
  std::string json, text;
};

// Evaluates a run's folder, a checkpoint or a shipped policy with settings (`episodes=10`), as
// `seqrl help eval` says. Notes go to stderr. Nothing when the monitor ended it.
std::optional<Measured> measure(const std::string& path, std::vector<std::string> settings,
                                const ProgressMonitor& monitor,
                                Communicator& ranks = single_process());

}  // namespace seqrl::tools

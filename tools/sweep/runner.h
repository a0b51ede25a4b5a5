// The runner trains a sweep's runs as child processes, several at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/sweep/plan.h"

namespace seqrl::tools {

struct SweepOutcome {
  std::size_t done = 0, skipped = 0;  // skipped: done before
  std::vector<std::string> failed;    // a line each: the folder, what it said, where its log is
  bool interrupted = false;
};

// Trains what is not done, config.jobs at a time; the processors are shared out among them unless
// the runs' settings say how many threads they use. What a run prints is appended to output.txt in
// its folder. A run that fails does not stop the others. Once `stop` is true, asks the running ones
// to save and stop, and starts no more. `on_message` is called with a line whenever a run starts or
// ends.
SweepOutcome run_sweep(const Sweep& sweep, const std::function<bool()>& stop,
                       const std::function<void(const std::string& line)>& on_message);

}  // namespace seqrl::tools

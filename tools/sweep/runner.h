// The runner trains a sweep's runs as child processes, several at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/sweep/plan.h"

namespace seqrl::tools {

// How a run of a sweep ended for this process, or for the ranks of a job.
struct RunEnd {
  // In order of precedence if ranks differ. held: another process trains it.
  enum class Kind { left, held, failed, by_others, before, done };
  Kind kind = Kind::left;
  std::string problem = "";  // failed: one line, with the run's message and the path of its log
};

struct SweepOutcome {
  std::vector<RunEnd> ends;  // of the sweep's runs
  bool interrupted = false;

  std::size_t count(RunEnd::Kind kind) const;
  // Adds the outcome of another rank of the job for the same sweep.
  void merge(const SweepOutcome& other);
  std::string text() const;  // for from_text(), on other ranks
  static SweepOutcome from_text(const std::string& text);
};

struct SweepOptions {
  int threads = 0;  // of this process, shared among its jobs; 0 = all processors
  // Where to begin in the remaining runs, as a fraction of them: processes that start at the same
  // time then do not try the same runs.
  double begin = 0;
  // GPUs, as CUDA_VISIBLE_DEVICES lists them: simultaneous jobs use different ones, as far as there
  // are enough. Empty: the environment does not change.
  std::vector<std::string> gpus = {};
  // Whether to wait for runs that other processes train, and resume those that they leave.
  bool wait = true;
};

// The GPUs in CUDA_VISIBLE_DEVICES that process `index` of `of` on this machine uses, where each
// process has `jobs` jobs. Empty if there is nothing to share.
std::vector<std::string> gpus_of_process(const char* visible, int index, int of, std::int64_t jobs);

// Trains the unfinished runs, config.jobs at a time. The threads are shared among them unless the
// runs' settings set their number. A run's output is appended to output.txt in its folder. A run
// that fails does not stop the others. Any number of processes, on any machines, may train one
// sweep: a run's lock decides which process trains it.
//
// Once `stop` is true, asks the active runs to save and stop, and starts no more. `on_message` is
// called with a line whenever a run starts or ends.
SweepOutcome run_sweep(const Sweep& sweep, const SweepOptions& options,
                       const std::function<bool()>& stop,
                       const std::function<void(const std::string& line)>& on_message);

}  // namespace seqrl::tools

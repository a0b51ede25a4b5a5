// The runner trains a sweep's runs as child processes, several at a time.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/sweep/plan.h"

namespace seqrl::tools {

// How a run of a sweep ended for this process, or for the ranks of a job.
struct RunEnd {
  // In the order of what counts where ranks differ. held: another process trains it.
  enum class Kind { left, held, failed, by_others, before, done };
  Kind kind = Kind::left;
  std::string problem = "";  // failed: a line, with what the run said and where its log is
};

struct SweepOutcome {
  std::vector<RunEnd> ends;  // of the sweep's runs
  bool interrupted = false;

  std::size_t count(RunEnd::Kind kind) const;
  // What another rank of the job has to say of the same sweep.
  void merge(const SweepOutcome& other);
  std::string text() const;  // for from_text(), on other ranks
  static SweepOutcome from_text(const std::string& text);
};

struct SweepOptions {
  int threads = 0;  // of this process, shared out among its jobs; 0 = all processors
  // Where to begin in what is left, as a part of it: processes that begin at the same time do not
  // ask for the same runs.
  double begin = 0;
  // GPUs, as CUDA_VISIBLE_DEVICES lists them: jobs at a time have different ones, as far as there
  // are. Empty: the environment stays as it is.
  std::vector<std::string> gpus = {};
  // Whether to wait for runs that other processes train, and go on with those that they leave.
  bool wait = true;
};

// Of the GPUs that CUDA_VISIBLE_DEVICES lists those for process `index` of `of` on this machine,
// each with so many jobs. Empty where there is nothing to share out.
std::vector<std::string> gpus_of_process(const char* visible, int index, int of, std::int64_t jobs);

// Trains what is not done, config.jobs at a time; the threads are shared out among them unless the
// runs' settings say how many they use. What a run prints is appended to output.txt in its folder.
// A run that fails does not stop the others. Any number of processes, on any machines, may do this
// with one sweep: a run's lock decides who trains it.
//
// Once `stop` is true, asks the running ones to save and stop, and starts no more. `on_message` is
// called with a line whenever a run starts or ends.
SweepOutcome run_sweep(const Sweep& sweep, const SweepOptions& options,
                       const std::function<bool()>& stop,
                       const std::function<void(const std::string& line)>& on_message);

}  // namespace seqrl::tools

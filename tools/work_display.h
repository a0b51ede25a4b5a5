// Displays the progress of work that may take long, such as an evaluation.
#pragma once

#include <unistd.h>

#include <functional>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "configs/base/progress_monitor.h"
#include "tools/progress.h"

namespace seqrl::tools {

// Displays the progress of work of unknown duration. It shows nothing in the first second on a
// terminal, and in the first two seconds elsewhere, where the intervals between lines then grow.
// The bar is erased once the work is done. Thread-safe.
class WorkDisplay {
 public:
  WorkDisplay(std::ostream& out, Terminal terminal, std::string label, Clock clock = nullptr);
  WorkDisplay(const WorkDisplay&) = delete;
  WorkDisplay& operator=(const WorkDisplay&) = delete;
  ~WorkDisplay() { end(); }

  // A fraction of 1 ends the work; a later call begins other work.
  void show(const WorkProgress& progress);

  // Shows the progress that it receives, and asks `stop` whether to stop. Must not outlive the
  // display.
  ProgressMonitor monitor(std::function<bool()> stop);

  void end();

 private:
  void draw(const WorkProgress& progress, double now);
  void erase();

  std::ostream& out_;
  const Terminal terminal_;
  const std::string label_;
  const Clock clock_;
  std::mutex mutex_;
  std::optional<double> start_;  // of the work that is shown
  double next_draw_ = 0, interval_ = 0;
  bool bar_shown_ = false;
};

// Runs work(monitor), shows its progress on stderr, and returns its result.
template <typename Work>
auto with_progress(const std::string& label, std::function<bool()> stop, Work&& work) {
  WorkDisplay display(std::cerr, terminal_of(STDERR_FILENO), label);
  return work(display.monitor(std::move(stop)));
}

}  // namespace seqrl::tools

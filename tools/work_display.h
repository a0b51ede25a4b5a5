// A display of the progress of work that may take long, such as an evaluation.
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

// A display of the progress of work of unknown duration. Nothing is shown in its first second on a
// terminal, in its first two elsewhere, where lines then come ever more rarely. A bar is gone once
// the work is done. For several threads.
class WorkDisplay {
 public:
  WorkDisplay(std::ostream& out, Terminal terminal, std::string label, Clock clock = nullptr);
  WorkDisplay(const WorkDisplay&) = delete;
  WorkDisplay& operator=(const WorkDisplay&) = delete;
  ~WorkDisplay() { end(); }

  // A fraction of 1 ends the work; what comes after that is other work.
  void show(const WorkProgress& progress);

  // Shows what it is told, and asks `stop` whether to go on. Must not outlive the display.
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

// Runs work(monitor), shows on stderr how far it is, and returns what came of it.
template <typename Work>
auto with_progress(const std::string& label, std::function<bool()> stop, Work&& work) {
  WorkDisplay display(std::cerr, terminal_of(STDERR_FILENO), label);
  return work(display.monitor(std::move(stop)));
}

}  // namespace seqrl::tools

#include "tools/work_display.h"

#include <algorithm>
#include <utility>

namespace seqrl::tools {
namespace {

// Seconds until something is shown, and then between two updates.
constexpr double kFirstBar = 1, kBarInterval = 0.1;
constexpr double kFirstLine = 2, kLongestLineInterval = 30;

}  // namespace

WorkDisplay::WorkDisplay(std::ostream& out, Terminal terminal, std::string label, Clock clock)
    : out_(out),
      terminal_(std::move(terminal)),
      label_(std::move(label)),
      clock_(clock ? std::move(clock) : steady_seconds) {}

void WorkDisplay::show(const WorkProgress& progress) {
  if (progress.fraction >= 1) return end();
  const std::lock_guard lock(mutex_);
  const double now = clock_();
  if (!start_) {
    start_ = now;
    interval_ = terminal_.interactive ? kBarInterval : kFirstLine;
    next_draw_ = now + (terminal_.interactive ? kFirstBar : kFirstLine);
  }
  if (now < next_draw_) return;
  draw(progress, now);
  next_draw_ = now + interval_;
  if (!terminal_.interactive) interval_ = std::min(2 * interval_, kLongestLineInterval);
}

ProgressMonitor WorkDisplay::monitor(std::function<bool()> stop) {
  return {.stop = std::move(stop), .advanced = [this](const auto& progress) { show(progress); }};
}

void WorkDisplay::end() {
  const std::lock_guard lock(mutex_);
  erase();
  start_ = std::nullopt;
}

// The time left is estimated from the fraction that is done and the average speed so far.
void WorkDisplay::draw(const WorkProgress& progress, double now) {
  ProgressState state{label_, progress.done, progress.total, progress.unit, progress.fraction};
  if (progress.fraction > 0) {
    state.seconds_left = (now - *start_) * (1 - progress.fraction) / progress.fraction;
  }
  if (!terminal_.interactive) {
    out_ << progress_line(state) << '\n' << std::flush;
    return;
  }
  // Overwrites an existing bar: training's, during its evaluations.
  out_ << "\r\x1b[K" << progress_bar(state, terminal_.width(), terminal_.utf8) << std::flush;
  bar_shown_ = true;
}

void WorkDisplay::erase() {
  if (bar_shown_) out_ << "\r\x1b[K" << std::flush;
  bar_shown_ = false;
}

}  // namespace seqrl::tools

// The progress of a long command: a bar on a terminal, a plain line now and then elsewhere.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace seqrl::tools {

// A state of progress, shown as a bar or a line. The rate (steps per second) and the time left are
// unknown at first.
struct ProgressState {
  std::string label;  // "train"
  std::int64_t step = 0;
  std::int64_t total = 0;
  std::string unit = "";                          // of step and total, if not steps
  std::optional<double> fraction = std::nullopt;  // done, if not step / total
  std::optional<double> steps_per_second = std::nullopt;
  std::optional<double> seconds_left = std::nullopt;
  std::optional<double> loss = std::nullopt;
};

// "1:05", "2:00:00" or "3d 04:05:06"; "?" when it is not finite or negative.
std::string duration_text(double seconds);

// "train  42% |####      | 42000/100000, 504 it/s, loss 0.0421, 1:55 left" in fewer than `width`
// columns: the bar shrinks first, then goes, then the text is cut.
std::string progress_bar(const ProgressState& state, int width, bool utf8);

// "train 42000/100000 (42%), 504 it/s, loss 0.0421, 1:55 left"
std::string progress_line(const ProgressState& state);

struct Terminal {
  bool interactive = false;                        // a terminal, where a line can be redrawn
  bool utf8 = false;                               // by the locale in the environment
  std::function<int()> width = [] { return 80; };  // in columns, as it is now
};

Terminal terminal_of(int file_descriptor);

using Clock = std::function<double()>;  // seconds, from any fixed point
double steady_seconds();

// The progress of a known number of steps. It draws to `out` (ten times a second on a terminal,
// every thirty seconds elsewhere) however often it is updated. Not thread-safe.
class Progress {
 public:
  // Steps first_step to total. `clock` defaults to the steady clock. A clock that stops during
  // other work keeps that work out of the rate and the time left.
  Progress(std::ostream& out, Terminal terminal, std::string label, std::int64_t first_step,
           std::int64_t total, Clock clock = nullptr);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // leaves the cursor on a new line

  void update(std::int64_t step, std::optional<double> loss = std::nullopt);

  // Prints a line, and redraws the bar below it.
  void print(const std::string& line);

  // Shows the last state, once.
  void finish();

 private:
  void measure(double now);
  void draw();
  void erase();

  std::ostream& out_;
  Terminal terminal_;
  Clock clock_;
  ProgressState state_;
  std::int64_t first_step_;
  double start_, last_draw_;
  std::int64_t last_draw_step_;
  double rate_ = 0, rate_weight_ = 0;  // an exponential average and the sum of its weights
  bool bar_shown_ = false, finished_ = false;
};

}  // namespace seqrl::tools

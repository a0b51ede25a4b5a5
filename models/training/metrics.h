// The log of a run's numbers: `metrics.jsonl` for programs, an event file for TensorBoard, and
// `timing.jsonl` with the times.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <span>

#include "configs/base/stopwatch.h"
#include "models/training/log_file.h"
#include "models/training/tensorboard.h"

namespace seqrl {

// The position of a run's logs: the last step, and the sizes in bytes. A checkpoint keeps it. -1:
// not known, in a checkpoint of an earlier version.
struct LogPosition {
  std::int64_t step = 0;
  std::int64_t metrics = 0, events = 0;
};

// Each append() writes one line {"step": 100, "loss": 0.25, …} to metrics.jsonl and passes it to
// the operating system at once, so a kill loses nothing. With sync() before a checkpoint that
// stores position(), the logs of a resumed run equal those of an uninterrupted run byte for byte.
// Errors (a full disk, a missing folder) name the file.
//
// timing.jsonl has a line for each of these, with values that differ between runs:
// {"step": 100, "seconds": 41.5, "time": 1764381234.567}. "time" is in seconds since 1970.
// "seconds" is how long the run has taken, in all its processes; a resumed run continues from its
// last line. The first line that a process writes also has "machine", a description of the machine.
class MetricsLog {
 public:
  // Continues from a position; later log entries are dropped.
  // `machine` is an object, or null to write none.
  explicit MetricsLog(const std::filesystem::path& folder, const LogPosition& position = {},
                      nlohmann::ordered_json machine = nullptr);

  // Names must be distinct and not "step". A value that is not finite is null in metrics.jsonl,
  // because JSON cannot express it, and unchanged in TensorBoard.
  void append(std::int64_t step, std::span<const Metric> metrics);
  void append(std::int64_t step, std::initializer_list<Metric> metrics) {
    append(step, std::span<const Metric>(metrics.begin(), metrics.size()));
  }

  // Returns when everything appended so far is on the disk.
  void sync();
  // The current position of the logs, after `step`.
  LogPosition position(std::int64_t step) const { return {step, lines_.bytes(), events_.bytes()}; }

 private:
  struct Timing {
    std::int64_t bytes = 0;  // bytes of timing.jsonl that are kept
    double seconds = 0;      // "seconds" of its last kept line
  };
  static Timing cut_back_timing(const std::filesystem::path& folder, std::int64_t step);
  void time(std::int64_t step);

  LogFile lines_;
  EventFile events_;
  Timing before_;
  LogFile timing_;
  nlohmann::ordered_json machine_;  // null once it is written
  Stopwatch watch_;
};

}  // namespace seqrl

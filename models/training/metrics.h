// The log of a run's numbers: `metrics.jsonl` for programs, an event file for TensorBoard, and
// `timing.jsonl`, which says when.
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

// Where the logs of a run stand: after which step, and how many bytes are in them. A checkpoint
// keeps it. -1: not known, to a checkpoint of an earlier version.
struct LogPosition {
  std::int64_t step = 0;
  std::int64_t metrics = 0, events = 0;
};

// Each append() is one line {"step": 100, "loss": 0.25, …} of metrics.jsonl, handed to the
// operating system at once: a kill loses nothing, and sync() before a checkpoint with position() is
// what makes the logs of a resumed run equal, byte for byte, to those of one that was never
// interrupted. Errors (a full disk, a folder that is not there) name the file.
//
// Of the same lines timing.jsonl says when they were written, which is different each time:
// {"step": 100, "seconds": 41.5, "time": 1764381234.567}, the time in seconds since 1970, and for
// how many seconds the run had been at it, in all its processes; where one was resumed, they go on
// from its last line. The first line that a process writes also has "machine", which says on what.
class MetricsLog {
 public:
  // Goes on from a position; what was logged after it is dropped.
  // `machine` is an object, or null for what is not to be said.
  explicit MetricsLog(const std::filesystem::path& folder, const LogPosition& position = {},
                      nlohmann::ordered_json machine = nullptr);

  // Names must be distinct, and none "step". A value that is not finite is null in metrics.jsonl,
  // which has no other word for it, and itself in TensorBoard.
  void append(std::int64_t step, std::span<const Metric> metrics);
  void append(std::int64_t step, std::initializer_list<Metric> metrics) {
    append(step, std::span<const Metric>(metrics.begin(), metrics.size()));
  }

  // Returns when everything appended so far is on the disk.
  void sync();
  // After `step`, as the logs stand now.
  LogPosition position(std::int64_t step) const { return {step, lines_.bytes(), events_.bytes()}; }

 private:
  struct Timing {
    std::int64_t bytes = 0;  // of timing.jsonl that count
    double seconds = 0;      // that its last line says
  };
  static Timing cut_back_timing(const std::filesystem::path& folder, std::int64_t step);
  void time(std::int64_t step);

  LogFile lines_;
  EventFile events_;
  Timing before_;
  LogFile timing_;
  nlohmann::ordered_json machine_;  // until it is written
  Stopwatch watch_;
};

}  // namespace seqrl

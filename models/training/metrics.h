// The log of a run's numbers: `metrics.jsonl` for programs, an event file for TensorBoard.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <span>

#include "configs/base/files.h"
#include "models/training/tensorboard.h"

namespace seqrl {

// Each append() is one line {"step": 100, "loss": 0.25, …} of metrics.jsonl, handed to the
// operating system at once: a kill loses nothing, and sync() before a checkpoint is what makes the
// log of a resumed run equal, byte for byte, to that of one that was never interrupted. Log the
// numbers of a step before its checkpoint. Errors (a full disk, a folder that is not there) name
// the file.
class MetricsLog {
 public:
  // `step`: where the run stands, 0 when it begins. Lines of later steps, and lines that a crash
  // left unreadable, are dropped from metrics.jsonl; TensorBoard is told to hide such steps.
  explicit MetricsLog(const std::filesystem::path& folder, std::int64_t step = 0);

  // Names must be distinct, and none "step". A value that is not finite is null in metrics.jsonl,
  // which has no other word for it, and itself in TensorBoard.
  void append(std::int64_t step, std::span<const Metric> metrics);
  void append(std::int64_t step, std::initializer_list<Metric> metrics) {
    append(step, std::span<const Metric>(metrics.begin(), metrics.size()));
  }

  // Returns when everything appended so far is on the disk.
  void sync();

 private:
  OutputFile lines_;
  EventFile events_;
};

}  // namespace seqrl

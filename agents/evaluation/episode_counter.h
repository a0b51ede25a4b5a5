// The progress of an evaluation's episodes over all threads.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "configs/base/progress_monitor.h"

namespace seqrl {

// Counts steps of episodes, none longer than `longest`. An episode that ends early counts with its
// maximum length, so the completed fraction rises to 1 for all lengths. Thread-safe.
class EpisodeCounter {
 public:
  // `monitor` must outlive it.
  EpisodeCounter(std::size_t episodes, std::int64_t longest, const ProgressMonitor& monitor)
      : episodes_(static_cast<std::int64_t>(episodes)), longest_(longest), monitor_(monitor) {}

  bool stopped() const { return monitor_.stopped(); }

  // Episodes that began together have made their `age`-th step: `before` of them, of which `after`
  // continue.
  void add(std::size_t before, std::size_t after, std::int64_t age) {
    const auto ended = static_cast<std::int64_t>(before - after);
    const std::int64_t spared = ended * std::max<std::int64_t>(longest_ - age, 0);
    const std::int64_t steps = steps_ += static_cast<std::int64_t>(before) + spared;
    const std::int64_t done = ended_ += ended;
    const double all = static_cast<double>(episodes_) * static_cast<double>(longest_);
    monitor_.advance(
        {done, episodes_, "episodes", std::min(static_cast<double>(steps) / all, 1.0)});
  }

 private:
  const std::int64_t episodes_, longest_;
  const ProgressMonitor& monitor_;
  std::atomic<std::int64_t> steps_{0}, ended_{0};
};

}  // namespace seqrl

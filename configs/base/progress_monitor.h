// A progress monitor lets a caller follow long work and stop it early.
#pragma once

#include <cstdint>
#include <functional>

namespace seqrl {

// The progress of work: 12 of 200 episodes, and the fraction of the whole. Unfinished episodes
// count only in the fraction.
struct WorkProgress {
  std::int64_t done = 0, total = 0;
  const char* unit = "";  // "episodes"
  double fraction = 0;    // 0 to 1
};

// Both functions are optional. Both are called occasionally, from several threads at once.
struct ProgressMonitor {
  std::function<bool()> stop = nullptr;  // true ends the work without a result
  std::function<void(const WorkProgress& progress)> advanced = nullptr;

  bool stopped() const { return stop && stop(); }
  void advance(const WorkProgress& progress) const {
    if (advanced) advanced(progress);
  }
  // The same for parts of equal size, such as 12 of 200 episodes.
  void advance(std::int64_t done, std::int64_t total, const char* unit) const {
    const double parts = total > 0 ? static_cast<double>(total) : 1;
    advance({done, total, unit, static_cast<double>(done) / parts});
  }

  // A monitor for part `i` of `count` equal parts, which reports the progress of the whole. This
  // monitor must outlive it.
  ProgressMonitor part(std::int64_t i, std::int64_t count, const char* unit) const {
    return {.stop = stop, .advanced = [this, i, count, unit](const WorkProgress& progress) {
              const double parts = static_cast<double>(i) + progress.fraction;
              if (count == 1) return advance(progress);
              advance({i, count, unit, parts / static_cast<double>(count)});
            }};
  }
};

}  // namespace seqrl

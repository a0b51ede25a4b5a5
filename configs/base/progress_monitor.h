// A progress monitor follows long work for its caller, and ends it early.
#pragma once

#include <cstdint>
#include <functional>

namespace seqrl {

// How far work has come: 12 of 200 episodes, and which part of the whole that is. Episodes that are
// half played count in the part alone.
struct WorkProgress {
  std::int64_t done = 0, total = 0;
  const char* unit = "";  // "episodes"
  double fraction = 0;    // 0 to 1
};

// Both may be left out. Both are called now and then, from several threads at once.
struct ProgressMonitor {
  std::function<bool()> stop = nullptr;  // true ends the work without a result
  std::function<void(const WorkProgress& progress)> advanced = nullptr;

  bool stopped() const { return stop && stop(); }
  void advance(const WorkProgress& progress) const {
    if (advanced) advanced(progress);
  }
  // The same for parts that are alike, as 12 of 200 episodes.
  void advance(std::int64_t done, std::int64_t total, const char* unit) const {
    const double parts = total > 0 ? static_cast<double>(total) : 1;
    advance({done, total, unit, static_cast<double>(done) / parts});
  }

  // For part `i` of `count` alike ones: passes on how far the whole is. This must outlive it.
  ProgressMonitor part(std::int64_t i, std::int64_t count, const char* unit) const {
    return {.stop = stop, .advanced = [this, i, count, unit](const WorkProgress& progress) {
              const double parts = static_cast<double>(i) + progress.fraction;
              if (count == 1) return advance(progress);
              advance({i, count, unit, parts / static_cast<double>(count)});
            }};
  }
};

}  // namespace seqrl

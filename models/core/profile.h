// A profile of a thread's passes: time by op, forward and backward.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/base/stopwatch.h"

namespace seqrl {

// While a Profile lives, tapes on its thread report to it. The time between one call and the next
// is attributed to the op of the first call. So a backbone's work between two ops counts for the
// earlier op.
class Profile {
 public:
  // `work` is a counter that only grows, such as counted_flops.
  using Counter = std::uint64_t (*)();
  explicit Profile(Counter work);
  ~Profile();
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  struct Part {
    double seconds = 0;
    std::uint64_t calls = 0, work = 0;  // work: the counter's increase
  };
  struct Entry {
    std::string op;
    Part forward, backward;
    double seconds() const { return forward.seconds + backward.seconds; }
  };
  // The longest first.
  std::vector<Entry> entries() const;

  // The profile of this thread, or null.
  static Profile* current();

  // Attributes the time from now on to this op.
  void enter(const char* op, bool backward);
  // Attributes the time from now on to no op.
  void leave();

 private:
  Profile* outer_;
  Counter work_;
  std::vector<Entry> entries_;
  Part* part_ = nullptr;  // of the op that is running
  Stopwatch watch_;
  std::uint64_t work_before_ = 0;
};

}  // namespace seqrl

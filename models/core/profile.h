// A profile: where the time of a thread's passes goes, by op, forward and backward.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "configs/base/stopwatch.h"

namespace seqrl {

// While a Profile lives, tapes tell it on its own thread what they do. The time between one call
// and the next is that of the first one's op: what a backbone does between two ops counts for the
// earlier.
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
    std::uint64_t calls = 0, work = 0;  // work: what the counter grew by
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

  // What follows is this op's.
  void enter(const char* op, bool backward);
  // What follows is no op's.
  void leave();

 private:
  Profile* outer_;
  Counter work_;
  std::vector<Entry> entries_;
  Part* part_ = nullptr;  // of what is running
  Stopwatch watch_;
  std::uint64_t work_before_ = 0;
};

}  // namespace seqrl

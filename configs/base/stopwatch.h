// A stopwatch measures the time since its construction.
#pragma once

#include <chrono>

namespace seqrl {

// Reads the steady clock, which changes of the system time do not affect.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace seqrl

// An axis of a figure: the range that it shows, and a few round numbers on it.
#pragma once

#include <string>
#include <vector>

namespace seqrl::tools {

struct Tick {
  double at;
  std::string label;
};

struct Axis {
  double low, high;  // low < high
  std::vector<Tick> ticks = {};
};

// From `low` to `high`, with some room around the data where wanted; at most `most` round numbers,
// as "500", "20k", "1.5M".
Axis linear_axis(double low, double high, bool room, std::size_t most = 8);

// A logarithmic one, of positive numbers: powers of `base` (2 or 10), every second or third of them
// where there are many, and 2 and 5 times those of 10 where there are few.
Axis logarithmic_axis(double low, double high, int base, std::size_t most = 9);

}  // namespace seqrl::tools

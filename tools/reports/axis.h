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

// From `low` to `high`, with a margin around the data if `room`; at most `most` round numbers, such
// as "500", "20k", "1.5M".
Axis linear_axis(double low, double high, bool room, std::size_t most = 8);

// A logarithmic axis for positive numbers: powers of `base` (2 or 10). If there are many, every
// second or third one; if there are few, also 2 and 5 times the powers of 10.
Axis logarithmic_axis(double low, double high, int base, std::size_t most = 9);

}  // namespace seqrl::tools

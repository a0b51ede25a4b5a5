// Timing of work on a GPU, and the lines that benchmarks print.
#pragma once

#include <functional>
#include <string>

namespace seqrl::tools::bench {

// Seconds that one of `count` calls takes, once warm.
double seconds_each(int count, const std::function<void()>& call);

// A line of the table that tools/bench/gpu.sh makes: NAME, a tab, the value, a tab, the unit.
void print(const std::string& name, double value, const char* unit);

}  // namespace seqrl::tools::bench

// Timing and memory of work on a GPU, and the figures that benchmarks report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace seqrl::tools::bench {

// Takes a figure: its name, its value, its unit ("" for a count).
using Report = std::function<void(const std::string& name, double value, const std::string& unit)>;

// Seconds from the end of one call's work to the end of the next one's on the device: the median of
// `count`, measured by the device's own clock, once warm.
double seconds_each(int count, const std::function<void()>& call);

// The same of one replay of what `work` queues, captured as a graph: without the host's launches.
double seconds_captured(int count, const std::function<void()>& work);

// Of the device's memory, as its driver says: what all processes hold, this one's context, the
// libraries' workspaces and graphs included.
std::size_t memory_in_use();

// The bytes of the device's L2 cache: work whose data is larger several times over reads memory.
std::size_t cache_bytes();

}  // namespace seqrl::tools::bench

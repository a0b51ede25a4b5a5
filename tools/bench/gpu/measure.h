// Time and memory of work on a GPU, and the reports of benchmarks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace seqrl::tools::bench {

// Reports a figure: its name, its value, its unit ("" for a count).
using Report = std::function<void(const std::string& name, double value, const std::string& unit)>;

// Seconds from the end of one call's work to the end of the next one's on the device: the median of
// `count` after a warm-up, measured by the device's clock.
double seconds_each(int count, const std::function<void()>& call);

// The same for one replay of the work that `work` queues, captured as a graph: without the host's
// launches.
double seconds_captured(int count, const std::function<void()>& work);

// Bytes of the device's memory that all processes hold, according to the driver, including this
// process's context, the libraries' workspaces and graphs.
std::size_t memory_in_use();

// The size of the device's L2 cache in bytes. Work on data several times larger reads memory.
std::size_t cache_bytes();

}  // namespace seqrl::tools::bench

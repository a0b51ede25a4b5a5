// A count of the work that is compared with a processor's peak.
#pragma once

#include <cstdint>

namespace seqrl {

// Floating-point operations that the calling thread has done so far on the CPU: those of all matrix
// products and of Mamba's scans, which are nearly all that a training step does.
std::uint64_t counted_flops();

}  // namespace seqrl

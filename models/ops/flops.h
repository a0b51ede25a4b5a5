// A count of floating-point operations, for comparison with a processor's peak.
#pragma once

#include <cstdint>

namespace seqrl {

// The floating-point operations done so far by the calling thread on the CPU in matrix products and
// Mamba's scans. These are nearly all of a training step's operations.
std::uint64_t counted_flops();

}  // namespace seqrl

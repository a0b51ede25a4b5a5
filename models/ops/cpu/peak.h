// The processor's peak arithmetic rate.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

// Does `rounds` rounds of independent multiply-adds in registers; returns its floating-point
// operations.
double multiply_add(std::int64_t rounds);

}  // namespace seqrl::cpu

// The instruction set that the CPU's loops are compiled for.
#pragma once

namespace seqrl::cpu {

// "AVX-512", "AVX2", "SSE2" or "NEON". Results of two instruction sets may differ in the last bit.
const char* instruction_set();

}  // namespace seqrl::cpu

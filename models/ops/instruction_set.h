// The processor's instruction set used by the ops.
#pragma once

namespace seqrl {

// "AVX-512", "AVX2", "SSE2", "NEON" or "scalar": the set that the program was compiled for or, if
// it contains several, chose at startup. Results of two sets may differ in the last bit.
const char* instruction_set();

}  // namespace seqrl

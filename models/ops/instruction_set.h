// The instructions of the processor that ops compute with.
#pragma once

namespace seqrl {

// "AVX-512", "AVX2", "SSE2", "NEON" or "scalar": those that the program was compiled for or, where
// it has several, chose when it started. Results of two of them may differ in the last bit.
const char* instruction_set();

}  // namespace seqrl

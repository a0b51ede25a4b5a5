// The speed of GRU and LSTM compared with cuDNN's.
#pragma once

#include "tools/bench/gpu/measure.h"

namespace seqrl::tools::bench {

// Reports their figures. If cuDNN computes something else, says so on stderr and returns false.
bool bench_recurrent(const Report& report);

}  // namespace seqrl::tools::bench

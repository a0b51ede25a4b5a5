// The speed of GRU and LSTM beside cuDNN's.
#pragma once

#include "tools/bench/gpu/measure.h"

namespace seqrl::tools::bench {

// Reports their figures; says on stderr where cuDNN computes something else, and is false then.
bool bench_recurrent(const Report& report);

}  // namespace seqrl::tools::bench

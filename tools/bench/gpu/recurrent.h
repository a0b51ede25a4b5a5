// The speed of GRU and LSTM beside cuDNN's.
#pragma once

namespace seqrl::tools::bench {

// Prints their figures and, to stderr, where cuDNN computes something else; false, then.
bool bench_recurrent();

}  // namespace seqrl::tools::bench

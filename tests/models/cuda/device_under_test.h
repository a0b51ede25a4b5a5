// The device of these tests: emulated in test_cuda, real in test_gpu.
#pragma once

namespace seqrl {

// An emulated device also computes in float64, and can run threads and blocks in either order.
bool emulated();
void run_threads_backwards(bool backwards);

}  // namespace seqrl

// The GPU's queue, for what is compiled where CUDA is.
#pragma once

#include <cuda_runtime_api.h>

namespace seqrl::cuda {

// The one stream that all kernels of the process run on, in order.
cudaStream_t stream();

// Turns an error of the runtime into ours.
void check(cudaError_t error, const char* what);

}  // namespace seqrl::cuda

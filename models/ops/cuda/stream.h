// The GPU's queue, for sources that are compiled with CUDA.
#pragma once

#include <cuda_runtime_api.h>

namespace seqrl::cuda {

// The stream that receives the work queued now. One serves all kernels of the process; a second,
// the side stream, is for work that may overlap with the first.
cudaStream_t stream();
bool on_side_stream();

// Directs the calling thread's calls to the GPU that the process has chosen.
void use_gpu();

// Turns a runtime error into an Error, which says so if the process has lost the GPU.
void check(cudaError_t error, const char* what);

}  // namespace seqrl::cuda

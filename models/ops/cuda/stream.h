// The GPU's queue, for what is compiled where CUDA is.
#pragma once

#include <cuda_runtime_api.h>

namespace seqrl::cuda {

// The stream that what is queued now goes to: one for all kernels of the process, and beside it
// one for work that may overlap with what is on the first.
cudaStream_t stream();
bool on_side_stream();

// Makes calls of the calling thread about the GPU that the process has chosen.
void use_gpu();

// Turns an error of the runtime into ours, which says so where the process has lost the GPU.
void check(cudaError_t error, const char* what);

}  // namespace seqrl::cuda

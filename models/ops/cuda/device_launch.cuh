// Kernel launches on a GPU.
#pragma once

#include <cuda_pipeline.h>
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>

#include "configs/base/error.h"
#include "models/ops/cuda/stream.h"

namespace seqrl::cuda {

// Shared memory that a block may use without opting in.
constexpr std::size_t kPlainShared = 48 << 10;

// Allows a kernel's blocks that much shared memory; an Error if the GPU has no such blocks.
void allow_shared(const void* kernel, std::size_t bytes);

// Runs `kernel` with `blocks` blocks of `threads` threads, whole warps, and `shared` bytes of
// shared memory each. Does nothing for 0 blocks.
template <typename... Args, typename... Given>
void launch(void (*kernel)(Args...), std::int64_t blocks, int threads, std::size_t shared,
            Given... given) {
  if (blocks == 0) return;
  SEQRL_CHECK(blocks <= INT32_MAX);
  if (shared > kPlainShared) allow_shared(reinterpret_cast<const void*>(kernel), shared);
  kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), shared, stream()>>>(
      static_cast<Args>(given)...);
  check(cudaGetLastError(), "launching a kernel");
}

// The block's dynamic shared memory.
template <typename T>
__device__ T* shared_memory() {
  extern __shared__ __align__(16) unsigned char bytes[];
  return reinterpret_cast<T*>(bytes);
}

// Asynchronous copies to shared memory. They come in groups, closed one after the other. Waiting
// for all but the last `prior` groups makes them visible to the thread itself.
template <typename T>
__device__ void copy_ahead(T* to, const T* from) {
  __pipeline_memcpy_async(to, from, sizeof(T));
}
__device__ inline void close_copies() {
  __pipeline_commit();
}
template <int prior>
__device__ void wait_for_copies() {
  __pipeline_wait_prior(prior);
  asm volatile("" ::: "memory");  // otherwise the compiler might read earlier
}

}  // namespace seqrl::cuda

#include "models/ops/cuda/optimizer.h"

#include <cmath>

#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kWarps = kThreads / kWarp;

template <typename T>
__global__ void piece_norms(Size n, const T* g, double* parts) {
  const Size begin = blockIdx.x * kNormPiece;
  const Size end = begin + kNormPiece < n ? begin + kNormPiece : n;
  double sum = 0;
  for (Size i = begin + threadIdx.x; i < end; i += blockDim.x) {
    sum += static_cast<double>(g[i]) * static_cast<double>(g[i]);
  }
  sum = block_sum(sum, shared_memory<double>());
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

__global__ void add_pieces(Size count, const double* parts, double* result) {
  double sum = 0;
  for (Size i = threadIdx.x; i < count; i += blockDim.x) sum += parts[i];
  sum = block_sum(sum, shared_memory<double>());
  if (threadIdx.x == 0) *result = sum;
}

template <typename T>
__global__ void update(Size n, AdamWRates rates, Size granule, const double* decay, T* p, T* m,
                       T* v, T* g) {
  const Size i = thread_number();
  if (i >= n) return;
  const T beta1 = static_cast<T>(rates.beta1), beta2 = static_cast<T>(rates.beta2);
  const T gradient = g[i] * static_cast<T>(rates.scale);
  const T keep = static_cast<T>(1 - rates.lr * decay[i / granule]);
  m[i] = beta1 * m[i] + (T(1) - beta1) * gradient;
  v[i] = beta2 * v[i] + (T(1) - beta2) * gradient * gradient;
  p[i] = p[i] * keep -
         static_cast<T>(rates.step_size) * m[i] /
             (std::sqrt(v[i]) * static_cast<T>(rates.root) + static_cast<T>(rates.epsilon));
  g[i] = 0;
}

}  // namespace

void install_optimizer() {
  const auto install = []<typename T>(T) {
    square_norm<T> = [](Size n, const T* g, double* result, double* scratch) {
      const Size pieces = square_norm_scratch(n);
      launch(piece_norms<T>, pieces, kThreads, kWarps * sizeof(double), n, g, scratch);
      launch(add_pieces, 1, kThreads, kWarps * sizeof(double), pieces, scratch, result);
    };
    adamw<T> = [](Size n, AdamWRates rates, Size granule, const double* decay, T* p, T* m, T* v,
                  T* g) {
      launch(update<T>, blocks_for(n), kThreads, 0, n, rates, granule, decay, p, m, v, g);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

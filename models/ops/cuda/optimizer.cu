#include "models/ops/cuda/optimizer.h"

#include <cmath>

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kWarps = kThreads / kWarp;

// The output of a step's first kernel to the second, in scratch: each piece's Σ g², followed by
// whether an earlier step, or the other optimizer, has failed. The second kernel reads this flag
// there because it writes the state.
template <typename T>
__global__ void piece_norms(const StepState* state, const StepState* other, Size n, Size piece,
                            const T* g, double* scratch) {
  constexpr int kAtOnce = 8;
  const Size begin = blockIdx.x * piece, end = begin + piece < n ? begin + piece : n;
  double sum = 0;
  for (Size first = begin + threadIdx.x; first < end; first += kAtOnce * kThreads) {
    T values[kAtOnce];
#pragma unroll
    for (int k = 0; k < kAtOnce; ++k) {
      values[k] = first + k * kThreads < end ? g[first + k * kThreads] : T(0);
    }
#pragma unroll
    for (int k = 0; k < kAtOnce; ++k) {
      sum += static_cast<double>(values[k]) * static_cast<double>(values[k]);
    }
  }
  sum = block_sum(sum, shared_memory<double>());
  if (threadIdx.x > 0) return;
  scratch[blockIdx.x] = sum;
  if (blockIdx.x > 0) return;
  scratch[gridDim.x] = state->failed >= 0 || (other && other->failed >= 0) ? 1 : 0;
}

// Stores the outcome of a step with this loss and norm.
__device__ inline void keep_results(StepState* state, const StepState* other, bool failed_before,
                                    double loss, double norm, bool good) {
  if (failed_before) {
    if (state->failed < 0) state->failed = other->failed;
    return;
  }
  state->loss = loss;
  state->norm = norm;
  if (!good) {
    state->failed = static_cast<std::int64_t>(state->arguments.step);
    return;
  }
  state->loss_sum += loss;
  ++state->steps;
  ++state->updates;
}

// Every block computes the norm, whether the step is valid, and the gradient's clipping factor; the
// first block stores the results. Then a thread updates kEach elements, which share a decay, with
// the same rates.
template <typename T, int kEach>
__global__ void update(StepState* state, const StepState* other, Size pieces, double clip,
                       const T* of_loss, const double* scratch, Size n, Size granule,
                       const double* decay, T* p, T* m, T* v, T* g) {
  using Some = Elements<T, kEach>;
  double squares = 0;
  for (Size i = threadIdx.x; i < pieces; i += kThreads) squares += scratch[i];
  squares = block_sum(squares, shared_memory<double>());
  const bool failed_before = scratch[pieces] != 0;
  const double loss = static_cast<double>(*of_loss);
  const double norm = std::isfinite(loss) ? std::sqrt(squares) : loss;
  const bool good = std::isfinite(loss) && std::isfinite(norm);
  const AdamWRates rates = state->arguments.rates;
  if (thread_number() == 0) keep_results(state, other, failed_before, loss, norm, good);
  const Size i = thread_number() * kEach;
  if (i >= n) return;
  const auto at = [i](T* data) -> Some& { return *reinterpret_cast<Some*>(data + i); };
  if (good && !failed_before) {
    const T beta1 = static_cast<T>(rates.beta1), beta2 = static_cast<T>(rates.beta2),
            scale = static_cast<T>(clip_scale(clip, norm)),
            step_size = static_cast<T>(rates.step_size), root = static_cast<T>(rates.root),
            epsilon = static_cast<T>(rates.epsilon),
            keep = static_cast<T>(1 - rates.lr * decay[i / granule]);
    const Some of_g = at(g);
    Some of_p = at(p), of_m = at(m), of_v = at(v);
#pragma unroll
    for (int k = 0; k < kEach; ++k) {
      const T gradient = of_g.of[k] * scale;
      of_m.of[k] = beta1 * of_m.of[k] + (T(1) - beta1) * gradient;
      of_v.of[k] = beta2 * of_v.of[k] + (T(1) - beta2) * gradient * gradient;
      of_p.of[k] =
          of_p.of[k] * keep - step_size * of_m.of[k] / (std::sqrt(of_v.of[k]) * root + epsilon);
    }
    at(p) = of_p, at(m) = of_m, at(v) = of_v;
  }
  at(g) = Some{};
}

template <typename T>
__global__ void add_clearing(Size n, T* sum, T* other) {
  const Size i = thread_number();
  if (i >= n) return;
  sum[i] += other[i];
  other[i] = 0;
}

template <typename T>
__global__ void approach(const StepState* state, Size n, T rate, const T* leader, T* target) {
  const Size i = thread_number();
  if (i < n && state->failed < 0) target[i] += rate * (leader[i] - target[i]);
}

__global__ void store_arguments(StepState* state, StepArguments arguments) {
  if (threadIdx.x == 0) state->arguments = arguments;
}

}  // namespace

void install_optimizer() {
  set_step_arguments = [](StepState* state, StepArguments arguments) {
    launch(store_arguments, 1, kWarp, 0, state, arguments);
  };
  const auto install = []<typename T>(T) {
    adamw<T> = [](StepState* state, const StepState* other, Size n, double clip, const T* loss,
                  Size granule, const double* decay, T* p, T* m, T* v, T* g, double* scratch) {
      const NormPieces pieces(n);
      constexpr std::size_t shared = kWarps * sizeof(double);
      launch(piece_norms<T>, pieces.count, kThreads, shared, state, other, n, pieces.length, g,
             scratch);
      const bool quads = n % kQuad == 0 && granule % kQuad == 0 && are_aligned(p, m, v, g);
      const Size blocks = std::max<Size>(1, blocks_for(n, (quads ? kQuad : 1) * kThreads));
      launch(quads ? update<T, kQuad> : update<T, 1>, blocks, kThreads, shared, state, other,
             pieces.count, clip, loss, scratch, n, granule, decay, p, m, v, g);
    };
    add_and_clear<T> = [](Size n, T* sum, T* other) {
      launch(add_clearing<T>, blocks_for(n), kThreads, 0, n, sum, other);
    };
    polyak_update<T> = [](const StepState* state, Size n, T rate, const T* leader, T* target) {
      launch(approach<T>, blocks_for(n), kThreads, 0, state, n, rate, leader, target);
    };
  };
  install(float{});
  install(double{});
}

}  // namespace seqrl::cuda

#include "models/ops/cuda/optimizer.h"

#include <cmath>

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

// One block: the norm, whether the step is any good, and what clipping makes of the gradient.
template <typename T>
__global__ void check_step(StepState* state, const StepState* other, Size count, double clip,
                           const T* loss, const double* parts) {
  double sum = 0;
  for (Size i = threadIdx.x; i < count; i += blockDim.x) sum += parts[i];
  sum = block_sum(sum, shared_memory<double>());
  if (threadIdx.x > 0 || state->failed >= 0) return;
  if (other && other->failed >= 0) {
    state->failed = other->failed;
    return;
  }
  state->loss = static_cast<double>(*loss);
  state->norm = std::isfinite(state->loss) ? std::sqrt(sum) : state->loss;
  if (!std::isfinite(state->loss) || !std::isfinite(state->norm)) {
    state->failed = static_cast<std::int64_t>(state->arguments.step);
    return;
  }
  state->loss_sum += state->loss;
  ++state->steps;
  ++state->updates;
  state->arguments.rates.scale = clip_scale(clip, state->norm);
}

// A thread updates kEach elements, which share a decay, by the same rates.
template <typename T, int kEach>
__global__ void update(const StepState* state, Size n, Size granule, const double* decay, T* p,
                       T* m, T* v, T* g) {
  using Some = Elements<T, kEach>;
  const Size i = thread_number() * kEach;
  if (i >= n) return;
  const auto at = [i](T* data) -> Some& { return *reinterpret_cast<Some*>(data + i); };
  if (state->failed < 0) {
    const AdamWRates rates = state->arguments.rates;
    const T beta1 = static_cast<T>(rates.beta1), beta2 = static_cast<T>(rates.beta2),
            scale = static_cast<T>(rates.scale), step_size = static_cast<T>(rates.step_size),
            root = static_cast<T>(rates.root), epsilon = static_cast<T>(rates.epsilon),
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
      const Size pieces = blocks_for(n, kNormPiece);
      constexpr std::size_t shared = kWarps * sizeof(double);
      launch(piece_norms<T>, pieces, kThreads, shared, n, g, scratch);
      launch(check_step<T>, 1, kThreads, shared, state, other, pieces, clip, loss, scratch);
      const bool quads = n % kQuad == 0 && granule % kQuad == 0 && are_aligned(p, m, v, g);
      launch(quads ? update<T, kQuad> : update<T, 1>, blocks_for(n, (quads ? kQuad : 1) * kThreads),
             kThreads, 0, state, n, granule, decay, p, m, v, g);
    };
    polyak_update<T> = [](const StepState* state, Size n, T rate, const T* leader, T* target) {
      launch(approach<T>, blocks_for(n), kThreads, 0, state, n, rate, leader, target);
    };
  };
  install(float{});
  install(double{});
}

}  // namespace seqrl::cuda

#include "models/ops/cuda/elementwise.h"

#include "models/ops/cpu/math.h"
#include "models/ops/cuda/dropout.cuh"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

// y[i] = f(i), or += with `accumulate`.
template <typename T, typename F>
__global__ void map(Size n, F f, T* y, bool accumulate) {
  const Size i = thread_number();
  if (i < n) put(y[i], f(i), accumulate);
}

template <typename T, typename F>
void launch_map(Size n, F f, T* y, bool accumulate) {
  launch(map<T, F>, blocks_for(n), kThreads, 0, n, f, y, accumulate);
}

template <typename T>
struct Same {
  const T* x;
  __device__ T operator()(Size i) const { return x[i]; }
};
template <typename T>
struct Sum {
  const T *a, *b;
  __device__ T operator()(Size i) const { return a[i] + b[i]; }
};
template <typename T>
struct Product {
  const T *a, *b;
  __device__ T operator()(Size i) const { return a[i] * b[i]; }
};
template <typename T>
struct Gated {
  const T *a, *gate;
  __device__ T operator()(Size i) const { return a[i] * cpu::silu(gate[i]); }
};
template <typename T>
struct GateGradient {
  const T *dy, *a, *gate;
  __device__ T operator()(Size i) const {
    return dy[i] * a[i] * cpu::silu_with_slope(gate[i]).slope;
  }
};

// A thread draws once for 8 elements, 16 apart. Every shard's elements begin a group of their own,
// `groups` of which hold the largest shard.
template <typename T>
__global__ void drop(DropoutRule rule, Size n, Size groups, const T* residual, const T* x, T* y,
                     bool accumulate) {
  const Size number = thread_number();
  const Size lane = number % kDropoutLanes, group = number / kDropoutLanes % groups;
  const Size shard = number / (kDropoutLanes * groups);
  if (shard >= rule.shards) return;
  const Size each = n / rule.batch;
  const Size begin = first_sample(rule, shard) * each, end = first_sample(rule, shard + 1) * each;
  const Size first = begin + group * kDropoutGroup + lane;
  constexpr int kOwn = kDropoutGroup / kDropoutLanes;
  T values[kOwn], residuals[kOwn];
#pragma unroll
  for (int k = 0; k < kOwn; ++k) {  // all asked for before the first is needed
    const Size i = first + k * kDropoutLanes;
    values[k] = i < end ? x[i] : T(0);
    residuals[k] = residual && i < end ? residual[i] : T(0);
  }
  const DropoutBits bits = dropout_bits(rule, shard, group, lane);
#pragma unroll
  for (int k = 0; k < kOwn; ++k) {
    const Size i = first + k * kDropoutLanes;
    if (i >= end) continue;
    put(y[i], residuals[k] + values[k] * dropout_scale<T>(rule, bits.of(k)), accumulate);
  }
}

}  // namespace

void install_elementwise() {
  const auto install = []<typename T>(T) {
    assign<T> = [](Size n, const T* x, T* y, bool accumulate) {
      launch_map(n, Same<T>{x}, y, accumulate);
    };
    add<T> = [](Size n, const T* a, const T* b, T* y) { launch_map(n, Sum<T>{a, b}, y, false); };
    multiply<T> = [](Size n, const T* a, const T* b, T* y, bool accumulate) {
      launch_map(n, Product<T>{a, b}, y, accumulate);
    };
    gate_silu<T> = [](Size n, const T* a, const T* gate, T* y, bool accumulate) {
      launch_map(n, Gated<T>{a, gate}, y, accumulate);
    };
    gate_silu_backward<T> = [](Size n, const T* dy, const T* a, const T* gate, T* dgate,
                               bool accumulate) {
      launch_map(n, GateGradient<T>{dy, a, gate}, dgate, accumulate);
    };
    dropout<T> = [](DropoutRule rule, Size n, const T* residual, const T* x, T* y,
                    bool accumulate) {
      const Size samples = (rule.batch + rule.shards - 1) / rule.shards;  // of the largest shard
      const Size groups = blocks_for(samples * (n / rule.batch), kDropoutGroup);
      launch(drop<T>, blocks_for(rule.shards * groups * kDropoutLanes), kThreads, 0, rule, n,
             groups, residual, x, y, accumulate);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

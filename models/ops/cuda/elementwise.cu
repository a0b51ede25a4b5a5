#include "models/ops/cuda/elementwise.h"

#include "models/ops/common/math.h"
#include "models/ops/cuda/dropout.cuh"
#include "models/ops/cuda/map.cuh"

namespace seqrl::cuda {
namespace {

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
  __device__ T operator()(Size i) const { return a[i] * math::silu(gate[i]); }
};
// Each thread handles a few elements, as in map().
template <typename T>
__global__ void gate_gradients(Size n, const T* dy, const T* a, const T* gate, Sink<T> da,
                               Sink<T> dgate) {
  const Size first = static_cast<Size>(blockIdx.x) * kMapped * kThreads + threadIdx.x;
  T to_a[kMapped], to_gate[kMapped];
#pragma unroll
  for (int k = 0; k < kMapped; ++k) {
    const Size i = first + k * kThreads;
    if (i >= n) continue;
    const math::ValueAndSlope<T> silu = math::silu_with_slope(gate[i]);
    to_a[k] = dy[i] * silu.value;
    to_gate[k] = dy[i] * a[i] * silu.slope;
  }
#pragma unroll
  for (int k = 0; k < kMapped; ++k) {
    const Size i = first + k * kThreads;
    if (i >= n) continue;
    if (da.data) put(da.data[i], to_a[k], da.accumulate);
    if (dgate.data) put(dgate.data[i], to_gate[k], dgate.accumulate);
  }
}

// A thread draws once for 8 elements, 16 apart. Every shard begins a new group; `groups` groups
// hold the largest shard.
constexpr int kDrawn = kDropoutGroup / kDropoutLanes;
struct DropoutElements {
  Size shard, group, lane;
  Size first = 0, end = 0;

  __device__ DropoutElements(const DropoutRule& rule, Size n, Size groups) {
    const Size number = thread_number();
    lane = number % kDropoutLanes;
    group = number / kDropoutLanes % groups;
    shard = number / (kDropoutLanes * groups);
    if (shard >= rule.shards) return;
    const Size each = n / rule.batch;
    first = first_sample(rule, shard) * each + group * kDropoutGroup + lane;
    end = first_sample(rule, shard + 1) * each;
  }

  // Calls visit(element, k) with the thread's k-th element, for every k.
  template <typename Visit>
  __device__ void each(Visit visit) const {
#pragma unroll
    for (int k = 0; k < kDrawn; ++k) {
      const Size i = first + k * kDropoutLanes;
      if (i < end) visit(i, k);
    }
  }
};

template <typename T>
__global__ void drop(DropoutRule rule, Size n, Size groups, const T* residual, const T* x, T* y) {
  const DropoutElements own(rule, n, groups);
  T values[kDrawn], residuals[kDrawn] = {};  // all loads begin before the first is needed
  own.each([&](Size i, int k) {
    values[k] = x[i];
    if (residual) residuals[k] = residual[i];
  });
  const DropoutBits bits = dropout_bits(rule, own.shard, own.group, own.lane);
  own.each(
      [&](Size i, int k) { y[i] = residuals[k] + values[k] * dropout_scale<T>(rule, bits.of(k)); });
}

template <typename T>
__global__ void drop_backward(DropoutRule rule, Size n, Size groups, const T* dy, T* dx,
                              bool accumulate, T* dresidual, bool accumulate_residual) {
  const DropoutElements own(rule, n, groups);
  T values[kDrawn], before[kDrawn] = {};
  own.each([&](Size i, int k) {
    values[k] = dy[i];
    if (dresidual && accumulate_residual) before[k] = dresidual[i];
  });
  const DropoutBits bits = dropout_bits(rule, own.shard, own.group, own.lane);
  own.each([&](Size i, int k) {
    if (dresidual) dresidual[i] = before[k] + values[k];
    if (dx) put(dx[i], values[k] * dropout_scale<T>(rule, bits.of(k)), accumulate);
  });
}

// A launch over all groups of all shards.
template <typename... Args, typename... Given>
void launch_drop(void (*kernel)(DropoutRule, Size, Size, Args...), const DropoutRule& rule, Size n,
                 Given... given) {
  const Size samples = divide_up(rule.batch, rule.shards);  // of the largest shard
  const Size groups = blocks_for(samples * (n / rule.batch), kDropoutGroup);
  launch(kernel, blocks_for(rule.shards * groups * kDropoutLanes), kThreads, 0, rule, n, groups,
         given...);
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
    gate_silu_backward<T> = [](Size n, const T* dy, const T* a, const T* gate, Sink<T> da,
                               Sink<T> dgate) {
      launch(gate_gradients<T>, blocks_for(n, kMapped * kThreads), kThreads, 0, n, dy, a, gate, da,
             dgate);
    };
    dropout<T> = [](DropoutRule rule, Size n, const T* residual, const T* x, T* y) {
      launch_drop(drop<T>, rule, n, residual, x, y);
    };
    dropout_backward<T> = [](DropoutRule rule, Size n, const T* dy, T* dx, bool accumulate,
                             T* dresidual, bool accumulate_residual) {
      launch_drop(drop_backward<T>, rule, n, dy, dx, accumulate, dresidual, accumulate_residual);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

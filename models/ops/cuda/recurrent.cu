#include "models/ops/cuda/recurrent.h"

#include "models/ops/cpu/math.h"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

// Sequences of a block: a weight that was read is used for each of them.
constexpr int kMostRows = 4;
constexpr std::size_t kSharedBytes = 96 << 10;

// One unit of one token. `x`, `u` (W·h + b) and `gates` are n apart from gate to gate.
struct Gru {
  static constexpr int kGates = 3;

  template <typename T>
  __device__ static void forward(Size n, const T* x, const T* u, T* gates, T& memory, T& h, T&) {
    const T r = cpu::sigmoid(x[0] + u[0]), z = cpu::sigmoid(x[n] + u[n]);
    const T c = cpu::tanh(x[2 * n] + r * u[2 * n]);
    gates[0] = r, gates[n] = z, gates[2 * n] = c;
    memory = u[2 * n];
    h = c + z * (h - c);
  }

  // Leaves the gradient of the inputs in `dx`, and that of W·h + b in `gates`.
  template <typename T>
  __device__ static void backward(Size n, T* gates, T candidate, T h_before, T /*c_before*/, T dh,
                                  T& carry, T& /*dc*/, T (&dx)[4]) {
    const T r = gates[0], z = gates[n], c = gates[2 * n], d = dh + carry;
    const T dc = d * (T(1) - z) * (T(1) - c * c);
    dx[0] = dc * candidate * r * (T(1) - r);
    dx[1] = d * (h_before - c) * z * (T(1) - z);
    dx[2] = dc;
    gates[0] = dx[0], gates[n] = dx[1], gates[2 * n] = dc * r;
    carry = d * z;
  }
};

struct Lstm {
  static constexpr int kGates = 4;

  template <typename T>
  __device__ static void forward(Size n, const T* x, const T* u, T* gates, T& memory, T& h, T& c) {
    const T i = cpu::sigmoid(x[0] + u[0]), f = cpu::sigmoid(x[n] + u[n]);
    const T g = cpu::tanh(x[2 * n] + u[2 * n]), o = cpu::sigmoid(x[3 * n] + u[3 * n]);
    c = f * c + i * g;
    gates[0] = i, gates[n] = f, gates[2 * n] = g, gates[3 * n] = o;
    memory = c;
    h = o * cpu::tanh(c);
  }

  template <typename T>
  __device__ static void backward(Size n, T* gates, T cell, T /*h_before*/, T c_before, T dh,
                                  T& carry, T& dc, T (&dx)[4]) {
    const T i = gates[0], f = gates[n], g = gates[2 * n], o = gates[3 * n];
    const T d = dh + carry, s = cpu::tanh(cell);
    const T e = dc + d * o * (T(1) - s * s);
    dx[0] = e * g * i * (T(1) - i);
    dx[1] = e * c_before * f * (T(1) - f);
    dx[2] = e * i * (T(1) - g * g);
    dx[3] = d * s * o * (T(1) - o);
    for (int gate = 0; gate < kGates; ++gate) gates[gate * n] = dx[gate];
    carry = 0;
    dc = e * f;
  }
};

template <typename T>
__global__ void transpose(Size rows, Size columns, const T* from, T* to) {
  const Size number = thread_number();
  if (number < rows * columns) to[number % columns * rows + number / columns] = from[number];
}

// sum[r] = Σ_k by[k · stride] · of[r · width + k], for the rows of a block.
template <typename T>
__device__ void dot_rows(Size count, const T* by, Size stride, const T* of, Size width, int rows,
                         T (&sum)[kMostRows]) {
  for (Size k = 0; k < count; ++k) {
    const T w = by[k * stride];
#pragma unroll
    for (int r = 0; r < kMostRows; ++r) {
      if (r < rows) sum[r] += w * of[r * width + k];
    }
  }
}

// `across` is Wᵀ, so that neighbouring threads read neighbouring weights.
template <typename Cell, typename T>
__global__ void forward(Recurrence<T> pass, int rows, const T* across, const T* bias) {
  const Size hidden = pass.hidden, width = Cell::kGates * hidden, first = blockIdx.x * Size{rows};
  const int own = static_cast<int>(pass.batch - first < rows ? pass.batch - first : rows);
  T *h = shared_memory<T>(), *c = h + rows * hidden, *u = c + rows * hidden;
  for (Size n = threadIdx.x; n < own * hidden; n += blockDim.x) {
    h[n] = pass.h0[first * hidden + n];
    c[n] = pass.c0[first * hidden + n];
  }
  for (Size t = 0; t < pass.time; ++t) {
    __syncthreads();
    for (Size j = threadIdx.x; j < width; j += blockDim.x) {
      T sum[kMostRows] = {};
      dot_rows(hidden, across + j, width, h, hidden, own, sum);
      for (int r = 0; r < own; ++r) u[r * width + j] = sum[r] + bias[j];
    }
    __syncthreads();
    for (Size n = threadIdx.x; n < own * hidden; n += blockDim.x) {
      const Size r = n / hidden, i = n % hidden, token = (first + r) * pass.time + t;
      Cell::forward(hidden, pass.inputs + token * width + i, u + r * width + i,
                    pass.gates + token * width + i, pass.memory[token * hidden + i], h[n], c[n]);
      pass.h[token * hidden + i] = h[n];
    }
  }
}

template <typename Cell, typename T>
__global__ void backward(Recurrence<T> pass, int rows, const T* weight, const T* dh, T* dinputs,
                         bool accumulate) {
  const Size hidden = pass.hidden, width = Cell::kGates * hidden, first = blockIdx.x * Size{rows};
  const int own = static_cast<int>(pass.batch - first < rows ? pass.batch - first : rows);
  T *carry = shared_memory<T>(), *dc = carry + rows * hidden, *upstream = dc + rows * hidden;
  for (Size n = threadIdx.x; n < own * hidden; n += blockDim.x) carry[n] = 0, dc[n] = 0;
  for (Size t = pass.time - 1; t >= 0; --t) {
    __syncthreads();
    for (Size n = threadIdx.x; n < own * hidden; n += blockDim.x) {
      const Size r = n / hidden, i = n % hidden, b = first + r, token = b * pass.time + t;
      const Size state = b * hidden + i, last = (token - 1) * hidden + i;
      T* gates = pass.gates + token * width + i;
      T dx[4];
      Cell::backward(
          hidden, gates, pass.memory[token * hidden + i], t == 0 ? pass.h0[state] : pass.h[last],
          t == 0 ? pass.c0[state] : pass.memory[last], dh[token * hidden + i], carry[n], dc[n], dx);
      for (int gate = 0; gate < Cell::kGates; ++gate) {
        put(dinputs[token * width + gate * hidden + i], dx[gate], accumulate);
        upstream[r * width + gate * hidden + i] = gates[gate * hidden];
      }
    }
    __syncthreads();
    if (t == 0) break;  // nothing flows into the state
    for (Size i = threadIdx.x; i < hidden; i += blockDim.x) {
      T sum[kMostRows] = {};
      dot_rows(width, weight + i, hidden, upstream, width, own, sum);
      for (int r = 0; r < own; ++r) carry[r * hidden + i] += sum[r];
    }
  }
}

template <typename T>
__global__ void shift(Recurrence<T> pass, T* before) {
  const Size number = thread_number(), hidden = pass.hidden;
  if (number >= pass.batch * pass.time * hidden) return;
  const Size t = number / hidden % pass.time, b = number / (hidden * pass.time);
  before[number] = t == 0 ? pass.h0[b * hidden + number % hidden] : pass.h[number - hidden];
}

// Rows of a block, and the shared memory of each: gates and twice the hidden units.
template <typename T>
struct Block {
  std::size_t bytes;
  int rows;
  Block(Size gates, Size hidden)
      : bytes(static_cast<std::size_t>((gates + 2) * hidden) * sizeof(T)),
        rows(bytes * kMostRows <= kSharedBytes ? kMostRows : 1) {}
};

template <typename Cell, typename T>
void run(const Recurrence<T>& pass, const T* weight, const T* bias, T* across) {
  const Block<T> block(Cell::kGates, pass.hidden);
  const Size width = Cell::kGates * pass.hidden;
  launch(transpose<T>, blocks_for(width * pass.hidden), kThreads, 0, width, pass.hidden, weight,
         across);
  launch(forward<Cell, T>, blocks_for(pass.batch, block.rows), kThreads, block.bytes * block.rows,
         pass, block.rows, across, bias);
}

template <typename Cell, typename T>
void run_backward(const Recurrence<T>& pass, const T* weight, const T* dh, T* dinputs,
                  bool accumulate) {
  const Block<T> block(Cell::kGates, pass.hidden);
  launch(backward<Cell, T>, blocks_for(pass.batch, block.rows), kThreads, block.bytes * block.rows,
         pass, block.rows, weight, dh, dinputs, accumulate);
}

}  // namespace

void install_recurrent() {
  const auto install = []<typename T>(T) {
    recurrent<T> = [](RecurrentCell cell, const Recurrence<T>& pass, const T* weight, const T* bias,
                      T* scratch) {
      cell == RecurrentCell::gru ? run<Gru>(pass, weight, bias, scratch)
                                 : run<Lstm>(pass, weight, bias, scratch);
    };
    recurrent_backward<T> = [](RecurrentCell cell, const Recurrence<T>& pass, const T* weight,
                               const T* dh, T* dinputs, bool accumulate) {
      cell == RecurrentCell::gru ? run_backward<Gru>(pass, weight, dh, dinputs, accumulate)
                                 : run_backward<Lstm>(pass, weight, dh, dinputs, accumulate);
    };
    states_before<T> = [](const Recurrence<T>& pass, T* before) {
      launch(shift<T>, blocks_for(pass.batch * pass.time * pass.hidden), kThreads, 0, pass, before);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

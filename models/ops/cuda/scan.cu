#include "models/ops/cuda/scan.h"

#include "models/ops/cpu/min_cells.h"
#include "models/ops/cuda/install.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

// Tokens whose inputs are asked for together, before the first is needed: what hides the memory's
// latency, for the steps themselves cannot overlap.
constexpr int kAhead = 8;

// h ← keep·h + add. `load` reads a token's inputs of channel i; `backward` hands the gradient g of
// h on to them.
template <typename T>
struct LinearCell {
  using Inputs = struct { T a, b; };
  const T *a, *b;
  ScanSink<T> da, db;
  Size dim;

  __device__ Inputs load(Size row, Size i) const { return {a[row * dim + i], b[row * dim + i]}; }
  __device__ Inputs load_backward(Size row, Size i) const { return {a[row * dim + i], T(0)}; }
  __device__ T keep(Inputs in) const { return in.a; }
  __device__ T add(Inputs in) const { return in.b; }
  __device__ void backward(Size row, Size i, Inputs, T before, T g) const {
    if (da.data) put(da.data[row * dim + i], g * before, da.accumulate);  // first: a may be b
    if (db.data) put(db.data[row * dim + i], g, db.accumulate);
  }
};

template <typename T, CandidateState state>
struct MinGruCell {
  using Inputs = struct { T k, v; };
  const T* gates;
  ScanSink<T> dgates;
  Size dim;

  __device__ Inputs load(Size row, Size i) const {
    const T* k = gates + row * 2 * dim + i;
    return {k[0], k[dim]};
  }
  __device__ Inputs load_backward(Size row, Size i) const { return load(row, i); }
  __device__ T keep(Inputs in) const { return T(1) - cpu::sigmoid(in.k); }
  __device__ T add(Inputs in) const { return cpu::sigmoid(in.k) * cpu::candidate<state>(in.v); }
  __device__ void backward(Size row, Size i, Inputs in, T before, T g) const {
    const T z = cpu::sigmoid(in.k);
    T* to = dgates.data + row * 2 * dim + i;
    put(to[0], g * (cpu::candidate<state>(in.v) - before) * z * (T(1) - z), dgates.accumulate);
    put(to[dim], g * z * cpu::candidate_derivative<state>(in.v), dgates.accumulate);
  }
};

template <typename T, CandidateState state>
struct MinLstmCell {
  using Inputs = struct { T f, i, v; };
  const T* gates;
  ScanSink<T> dgates;
  Size dim;

  __device__ Inputs load(Size row, Size i) const {
    const T* f = gates + row * 3 * dim + i;
    return {f[0], f[dim], f[2 * dim]};
  }
  __device__ Inputs load_backward(Size row, Size i) const { return load(row, i); }
  __device__ T keep(Inputs in) const { return cpu::lstm_gates(in.f, in.i).keep; }
  __device__ T add(Inputs in) const {
    return cpu::lstm_gates(in.f, in.i).write * cpu::candidate<state>(in.v);
  }
  __device__ void backward(Size row, Size i, Inputs in, T before, T g) const {
    const cpu::LstmGates<T> now = cpu::lstm_gates(in.f, in.i);
    const T to_d = g * (before - cpu::candidate<state>(in.v)) * now.keep * now.write;
    T* to = dgates.data + row * 3 * dim + i;
    put(to[0], to_d * now.not_f, dgates.accumulate);
    put(to[dim], -to_d * now.not_i, dgates.accumulate);
    put(to[2 * dim], g * now.write * cpu::candidate_derivative<state>(in.v), dgates.accumulate);
  }
};

// One channel of one chunk: sequence b, tokens [begin, end).
struct Place {
  Size b, chunk, i, begin, end;
};
__device__ Place place_of(ScanSize size, ScanPlan plan, Size number) {
  const Size i = number % size.dim, chunk = number / size.dim % plan.chunks;
  const Size b = number / (size.dim * plan.chunks), begin = chunk * plan.length;
  const Size end = begin + plan.length < size.time ? begin + plan.length : size.time;
  return {b, chunk, i, begin, end};
}

// Calls visit(inputs, t) for the chunk's tokens, ascending, with loads running ahead.
template <typename Cell, typename Visit>
__device__ void ascend(const Cell& cell, ScanSize size, const Place& at, Visit visit) {
  typename Cell::Inputs tile[kAhead];
  for (Size first = at.begin; first < at.end; first += kAhead) {
#pragma unroll
    for (int k = 0; k < kAhead; ++k) {
      if (first + k < at.end) tile[k] = cell.load(at.b * size.time + first + k, at.i);
    }
#pragma unroll
    for (int k = 0; k < kAhead; ++k) {
      if (first + k < at.end) visit(tile[k], first + k);
    }
  }
}

// What a chunk does to any state: h_end = factor · h_begin + own.
template <typename T, typename Cell>
__global__ void summarize(ScanSize size, ScanPlan plan, Cell cell, T* factors, T* own) {
  const Size number = thread_number();
  if (number >= size.batch * plan.chunks * size.dim) return;
  T factor = 1, h = 0;
  ascend(cell, size, place_of(size, plan, number), [&](typename Cell::Inputs in, Size) {
    const T keep = cell.keep(in);
    factor *= keep;
    h = keep * h + cell.add(in);
  });
  factors[number] = factor;
  own[number] = h;
}

// The state before each chunk.
template <typename T>
__global__ void carry_forward(ScanSize size, ScanPlan plan, const T* h0, const T* factors,
                              const T* own, T* starts) {
  const Size channel = thread_number();
  if (channel >= size.batch * size.dim) return;
  const Size b = channel / size.dim, i = channel % size.dim;
  T h = h0[b * size.h0_stride + i];
  for (Size chunk = 0; chunk < plan.chunks; ++chunk) {
    const Size at = (b * plan.chunks + chunk) * size.dim + i;
    starts[at] = h;
    h = factors[at] * h + own[at];
  }
}

// `starts` are the states before chunks, null for a single one that begins at h0.
template <typename T, typename Cell>
__global__ void scan(ScanSize size, ScanPlan plan, Cell cell, const T* h0, const T* starts, T* h) {
  const Size number = thread_number();
  if (number >= size.batch * plan.chunks * size.dim) return;
  const Place at = place_of(size, plan, number);
  T now = starts ? starts[number] : h0[at.b * size.h0_stride + at.i];
  ascend(cell, size, at, [&](typename Cell::Inputs in, Size t) {
    now = cell.keep(in) * now + cell.add(in);
    h[(at.b * size.time + t) * size.dim + at.i] = now;
  });
}

// What a chunk makes of the gradient that comes from later chunks: factor · carry + own.
template <typename T, typename Cell>
__global__ void summarize_backward(ScanSize size, ScanPlan plan, Cell cell, const T* dh, T* factors,
                                   T* own) {
  const Size number = thread_number();
  if (number >= size.batch * plan.chunks * size.dim) return;
  const Place at = place_of(size, plan, number);
  T factor = 1, carry = 0;
  for (Size t = at.end - 1; t >= at.begin; --t) {
    const Size row = at.b * size.time + t;
    const T keep = cell.keep(cell.load_backward(row, at.i));
    factor *= keep;
    carry = keep * (dh[row * size.dim + at.i] + carry);
  }
  factors[number] = factor;
  own[number] = carry;
}

// The gradient that each chunk receives from the one after it.
template <typename T>
__global__ void carry_backward(ScanSize size, ScanPlan plan, const T* factors, const T* own,
                               T* carries) {
  const Size channel = thread_number();
  if (channel >= size.batch * size.dim) return;
  const Size b = channel / size.dim, i = channel % size.dim;
  T carry = 0;
  for (Size chunk = plan.chunks - 1; chunk >= 0; --chunk) {
    const Size at = (b * plan.chunks + chunk) * size.dim + i;
    carries[at] = carry;
    carry = factors[at] * carry + own[at];
  }
}

// dh0s (batch, dim) receives the gradient of each sequence's h0.
template <typename T, typename Cell>
__global__ void scan_backward(ScanSize size, ScanPlan plan, Cell cell, const T* h0, const T* h,
                              const T* dh, const T* carries, T* dh0s) {
  const Size number = thread_number();
  if (number >= size.batch * plan.chunks * size.dim) return;
  const Place at = place_of(size, plan, number);
  const Size row = at.b * size.time;
  T carry = carries ? carries[number] : T(0);
  typename Cell::Inputs tile[kAhead];
  T before[kAhead], upstream[kAhead];
  for (Size last = at.end - 1; last >= at.begin; last -= kAhead) {
#pragma unroll
    for (int k = 0; k < kAhead; ++k) {
      const Size t = last - k;
      if (t < at.begin) continue;
      tile[k] = cell.load_backward(row + t, at.i);
      before[k] = t > 0 ? h[(row + t - 1) * size.dim + at.i] : h0[at.b * size.h0_stride + at.i];
      upstream[k] = dh[(row + t) * size.dim + at.i];
    }
#pragma unroll
    for (int k = 0; k < kAhead; ++k) {
      const Size t = last - k;
      if (t < at.begin) continue;
      const T g = upstream[k] + carry;
      cell.backward(row + t, at.i, tile[k], before[k], g);
      carry = g * cell.keep(tile[k]);
    }
  }
  if (at.chunk == 0) dh0s[at.b * size.dim + at.i] = carry;
}

// Adds the sequences' gradients to dh0; one that they share receives their sum.
template <typename T>
__global__ void add_to_h0(ScanSize size, const T* dh0s, T* dh0) {
  const Size number = thread_number();
  if (size.h0_stride > 0) {
    if (number < size.batch * size.dim) dh0[number] += dh0s[number];
    return;
  }
  if (number >= size.dim) return;
  T sum = 0;
  for (Size b = 0; b < size.batch; ++b) sum += dh0s[b * size.dim + number];
  dh0[number] += sum;
}

template <typename T, typename Cell>
void forward(ScanSize size, const Cell& cell, const T* h0, T* h, T* scratch) {
  const ScanPlan plan(size);
  const Size channels = size.batch * size.dim, all = channels * plan.chunks;
  const T* starts = nullptr;
  if (plan.chunks > 1) {
    T *factors = scratch, *own = scratch + all;
    launch(summarize<T, Cell>, blocks_for(all), kThreads, 0, size, plan, cell, factors, own);
    launch(carry_forward<T>, blocks_for(channels), kThreads, 0, size, plan, h0, factors, own,
           scratch + 2 * all);
    starts = scratch + 2 * all;
  }
  launch(scan<T, Cell>, blocks_for(all), kThreads, 0, size, plan, cell, h0, starts, h);
}

template <typename T, typename Cell>
void backward(ScanSize size, const Cell& cell, const T* h0, const T* h, const T* dh, T* scratch,
              T* dh0) {
  const ScanPlan plan(size);
  const Size channels = size.batch * size.dim, all = channels * plan.chunks;
  T* dh0s = scratch + 3 * all;
  const T* carries = nullptr;
  if (plan.chunks > 1) {
    T *factors = scratch, *own = scratch + all;
    launch(summarize_backward<T, Cell>, blocks_for(all), kThreads, 0, size, plan, cell, dh, factors,
           own);
    launch(carry_backward<T>, blocks_for(channels), kThreads, 0, size, plan, factors, own,
           scratch + 2 * all);
    carries = scratch + 2 * all;
  }
  launch(scan_backward<T, Cell>, blocks_for(all), kThreads, 0, size, plan, cell, h0, h, dh, carries,
         dh0s);
  if (dh0 && size.time > 0) {
    launch(add_to_h0<T>, blocks_for(channels), kThreads, 0, size, dh0s, dh0);
  }
}

// Calls f with a cell of this state.
template <typename T, template <typename, CandidateState> typename Cell, typename F>
void with_cell(CandidateState state, const T* gates, ScanSink<T> dgates, Size dim, F f) {
  if (state == CandidateState::positive) {
    f(Cell<T, CandidateState::positive>{gates, dgates, dim});
  } else {
    f(Cell<T, CandidateState::signed_>{gates, dgates, dim});
  }
}

template <typename T, template <typename, CandidateState> typename Cell>
void min_forward(ScanSize size, CandidateState state, const T* gates, const T* h0, T* h,
                 T* scratch) {
  with_cell<T, Cell>(state, gates, ScanSink<T>{}, size.dim,
                     [&](auto cell) { forward(size, cell, h0, h, scratch); });
}

template <typename T, template <typename, CandidateState> typename Cell>
void min_backward(ScanSize size, CandidateState state, const T* gates, const T* h0, const T* h,
                  const T* dh, T* scratch, ScanSink<T> dgates, T* dh0) {
  with_cell<T, Cell>(state, gates, dgates, size.dim,
                     [&](auto cell) { backward(size, cell, h0, h, dh, scratch, dh0); });
}

}  // namespace

void install_scan() {
  const auto install = []<typename T>(T) {
    linear_recurrence<T> = [](ScanSize size, const T* a, const T* b, const T* h0, T* h,
                              T* scratch) {
      forward(size, LinearCell<T>{a, b, {}, {}, size.dim}, h0, h, scratch);
    };
    linear_recurrence_backward<T> = [](ScanSize size, const T* a, const T* h0, const T* h,
                                       const T* dh, T* scratch, ScanSink<T> da, ScanSink<T> db,
                                       T* dh0) {
      backward(size, LinearCell<T>{a, nullptr, da, db, size.dim}, h0, h, dh, scratch, dh0);
    };
    min_gru_scan<T> = min_forward<T, MinGruCell>;
    min_gru_scan_backward<T> = min_backward<T, MinGruCell>;
    min_lstm_scan<T> = min_forward<T, MinLstmCell>;
    min_lstm_scan_backward<T> = min_backward<T, MinLstmCell>;
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

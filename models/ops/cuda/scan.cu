// Linear recurrences h_t = keep_t ⊙ h_{t−1} + add_t, those of the min cells included, whose keep
// and add are functions of their gates.
//
// A thread takes one channel of one sequence through time; neighbouring threads have neighbouring
// channels, so that their reads are one piece of memory, and Streams loads them ahead. Where there
// are too few channels to fill a device, time is cut into chunks (ScanPlan), and three kernels run:
// summarize() finds of every chunk the factor and the term of h_end = factor · h_begin + own;
// carry_forward() goes from chunk to chunk and finds each one's first state; scan() computes the
// states within all chunks at once. The number of chunks depends on the sizes alone, so that
// results agree to the bit.
//
// Backward is the recurrence g_t = dh_t + keep_{t+1} ⊙ g_{t+1} from the last token to the first,
// cut in the same way. Nothing but h was kept: gates are computed again.
#include "models/ops/cuda/scan.h"

#include "models/ops/common/min_cells.h"
#include "models/ops/cuda/reduce.cuh"
#include "models/ops/cuda/streams.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kBlock = 64;  // threads; small blocks spread a few channels over the whole device

// h ← keep·h + add. `input` is where a token's n-th input of channel i stands; `backward`, which is
// given the first kBackwardInputs of them, hands the gradient g of h on to them.
template <typename T>
struct LinearCell {
  static constexpr int kInputs = 2, kBackwardInputs = 1;
  const T *a, *b;
  Sink<T> da, db;
  Size dim;

  __device__ const T* input(int n, Size row, Size i) const {
    return (n == 0 ? a : b) + row * dim + i;
  }
  __device__ Size stride() const { return dim; }
  __device__ T keep(const T* in) const { return in[0]; }
  __device__ T add(const T* in) const { return in[1]; }
  __device__ void backward(Size row, Size i, const T*, T before, T g) const {
    if (da.data) put(da.data[row * dim + i], g * before, da.accumulate);  // first: a may be b
    if (db.data) put(db.data[row * dim + i], g, db.accumulate);
  }
};

template <typename T, CandidateState state>
struct MinGruCell {
  static constexpr int kInputs = 2, kBackwardInputs = 2;  // k, v
  const T* gates;
  Sink<T> dgates;
  Size dim;

  __device__ const T* input(int n, Size row, Size i) const {
    return gates + row * 2 * dim + n * dim + i;
  }
  __device__ Size stride() const { return 2 * dim; }
  __device__ T keep(const T* in) const { return T(1) - math::sigmoid(in[0]); }
  __device__ T add(const T* in) const { return math::sigmoid(in[0]) * op::candidate<state>(in[1]); }
  __device__ void backward(Size row, Size i, const T* in, T before, T g) const {
    const T z = math::sigmoid(in[0]);
    T* to = dgates.data + row * 2 * dim + i;
    put(to[0], g * (op::candidate<state>(in[1]) - before) * z * (T(1) - z), dgates.accumulate);
    put(to[dim], g * z * op::candidate_derivative<state>(in[1]), dgates.accumulate);
  }
};

template <typename T, CandidateState state>
struct MinLstmCell {
  static constexpr int kInputs = 3, kBackwardInputs = 3;  // f, i, v
  const T* gates;
  Sink<T> dgates;
  Size dim;

  __device__ const T* input(int n, Size row, Size i) const {
    return gates + row * 3 * dim + n * dim + i;
  }
  __device__ Size stride() const { return 3 * dim; }
  __device__ T keep(const T* in) const { return op::lstm_gates(in[0], in[1]).keep; }
  __device__ T add(const T* in) const {
    return op::lstm_gates(in[0], in[1]).write * op::candidate<state>(in[2]);
  }
  __device__ void backward(Size row, Size i, const T* in, T before, T g) const {
    const op::LstmGates<T> now = op::lstm_gates(in[0], in[1]);
    const T to_d = g * (before - op::candidate<state>(in[2])) * now.keep * now.write;
    T* to = dgates.data + row * 3 * dim + i;
    put(to[0], to_d * now.not_f, dgates.accumulate);
    put(to[dim], -to_d * now.not_i, dgates.accumulate);
    put(to[2 * dim], g * now.write * op::candidate_derivative<state>(in[2]), dgates.accumulate);
  }
};

// One channel of one chunk: sequence b, `length` tokens from `begin`.
struct Place {
  Size b, chunk, i, begin;
  int length;

  __device__ Place(ScanSize size, ScanPlan plan, Size number)
      : b(number / (size.dim * plan.chunks)),
        chunk(number / size.dim % plan.chunks),
        i(number % size.dim),
        begin(chunk * plan.length) {
    length = static_cast<int>(size.time - begin < plan.length ? size.time - begin : plan.length);
  }
  __device__ Size row(ScanSize size, int t) const { return b * size.time + begin + t; }
};

// Calls visit(values, t) for the chunk's tokens, ascending.
template <typename T, typename Cell, typename Visit>
__device__ void ascend(const Cell& cell, ScanSize size, const Place& at, Visit visit) {
  Streams<T, Cell::kInputs> inputs(shared_memory<T>());
  for (int n = 0; n < Cell::kInputs; ++n) {
    inputs.set(n, cell.input(n, at.row(size, 0), at.i), cell.stride(), 0, at.length);
  }
  inputs.walk(at.length, visit);
}

// Calls visit(values, before, dh, t) for the chunk's tokens, descending; `before` is the state
// before t.
template <typename T, typename Cell, typename Visit>
__device__ void descend(const Cell& cell, ScanSize size, const Place& at, const T* h0, const T* h,
                        const T* dh, Visit visit) {
  // Streams run backwards: value k of each is that of token last − k.
  constexpr int kOwn = Cell::kBackwardInputs;
  const int last = at.length - 1;
  const Size row = at.row(size, last), state = row * size.dim + at.i;
  Streams<T, kOwn + 2> inputs(shared_memory<T>());
  for (int n = 0; n < kOwn; ++n) {
    inputs.set(n, cell.input(n, row, at.i), -cell.stride(), 0, at.length);
  }
  inputs.set(kOwn, dh + state, -size.dim, 0, at.length);
  // Before the sequence's first token stands h0.
  inputs.set(kOwn + 1, h + state - size.dim, -size.dim, 0, at.begin == 0 ? last : at.length);
  const T start = h0[at.b * size.h0_stride + at.i];
  inputs.walk(at.length, [&](const T* in, int k) {
    const int t = last - k;
    visit(in, at.begin + t > 0 ? in[kOwn + 1] : start, in[kOwn], t);
  });
}

// What a chunk does to any state: h_end = factor · h_begin + own.
template <typename T, typename Cell>
__global__ void summarize(ScanSize size, ScanPlan plan, Cell cell, T* factors, T* own) {
  const Size number = thread_number();
  if (number >= size.batch * plan.chunks * size.dim) return;
  T factor = 1, h = 0;
  ascend<T>(cell, size, {size, plan, number}, [&](const T* in, int) {
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
  const Size b = channel / size.dim, i = channel % size.dim, at = b * plan.chunks * size.dim + i;
  T h = h0[b * size.h0_stride + i];
  Streams<T, 2> chunks(shared_memory<T>());
  chunks.set(0, factors + at, size.dim, 0, static_cast<int>(plan.chunks));
  chunks.set(1, own + at, size.dim, 0, static_cast<int>(plan.chunks));
  chunks.walk(static_cast<int>(plan.chunks), [&](const T* of, int chunk) {
    starts[at + chunk * size.dim] = h;
    h = of[0] * h + of[1];
  });
}

// `starts` are the states before chunks, null for a single one that begins at h0.
template <typename T, typename Cell>
__global__ void scan(ScanSize size, ScanPlan plan, Cell cell, const T* h0, const T* starts, T* h) {
  const Size number = thread_number();
  if (number >= size.batch * plan.chunks * size.dim) return;
  const Place at(size, plan, number);
  T now = starts ? starts[number] : h0[at.b * size.h0_stride + at.i];
  T* to = h + at.row(size, 0) * size.dim + at.i;
  ascend<T>(cell, size, at, [&](const T* in, int) {
    now = cell.keep(in) * now + cell.add(in);
    *to = now;
    to += size.dim;
  });
}

// What a chunk makes of the gradient that comes from later chunks: factor · carry + own.
template <typename T, typename Cell>
__global__ void summarize_backward(ScanSize size, ScanPlan plan, Cell cell, const T* dh, T* factors,
                                   T* own) {
  const Size number = thread_number();
  if (number >= size.batch * plan.chunks * size.dim) return;
  constexpr int kOwn = Cell::kBackwardInputs;
  const Place at(size, plan, number);
  const Size last = at.row(size, at.length - 1);
  Streams<T, kOwn + 1> inputs(shared_memory<T>());
  for (int n = 0; n < kOwn; ++n) {
    inputs.set(n, cell.input(n, last, at.i), -cell.stride(), 0, at.length);
  }
  inputs.set(kOwn, dh + last * size.dim + at.i, -size.dim, 0, at.length);
  T factor = 1, carry = 0;
  inputs.walk(at.length, [&](const T* in, int) {
    const T keep = cell.keep(in);
    factor *= keep;
    carry = keep * (in[kOwn] + carry);
  });
  factors[number] = factor;
  own[number] = carry;
}

// The gradient that each chunk receives from the one after it.
template <typename T>
__global__ void carry_backward(ScanSize size, ScanPlan plan, const T* factors, const T* own,
                               T* carries) {
  const Size channel = thread_number();
  if (channel >= size.batch * size.dim) return;
  const Size last = ((channel / size.dim + 1) * plan.chunks - 1) * size.dim + channel % size.dim;
  T carry = 0;
  Streams<T, 2> chunks(shared_memory<T>());
  chunks.set(0, factors + last, -size.dim, 0, static_cast<int>(plan.chunks));
  chunks.set(1, own + last, -size.dim, 0, static_cast<int>(plan.chunks));
  chunks.walk(static_cast<int>(plan.chunks), [&](const T* of, int back) {
    carries[last - back * size.dim] = carry;
    carry = of[0] * carry + of[1];
  });
}

// dh0s (batch, dim) receives the gradient of each sequence's h0.
template <typename T, typename Cell>
__global__ void scan_backward(ScanSize size, ScanPlan plan, Cell cell, const T* h0, const T* h,
                              const T* dh, const T* carries, T* dh0s) {
  const Size number = thread_number();
  if (number >= size.batch * plan.chunks * size.dim) return;
  const Place at(size, plan, number);
  T carry = carries ? carries[number] : T(0);
  descend(cell, size, at, h0, h, dh, [&](const T* in, T before, T upstream, int t) {
    const T g = upstream + carry;
    cell.backward(at.row(size, t), at.i, in, before, g);
    carry = g * cell.keep(in);
  });
  if (at.chunk == 0) dh0s[at.b * size.dim + at.i] = carry;
}

// Adds the sequences' gradients to dh0 or, where they share it, their sum.
template <typename T>
__global__ void add_to_h0(Size count, const T* dh0s, T* dh0) {
  const Size number = thread_number();
  if (number < count) dh0[number] += dh0s[number];
}
template <typename T>
__global__ void add_to_shared_h0(Size batch, Size dim, const T* dh0s, T* dh0) {
  const Size i = blockIdx.x * Size{kWarp} + lane();
  const T sum =
      sum_column(0, batch, i < dim, shared_memory<T>(), [&](Size b) { return dh0s[b * dim + i]; });
  if (threadIdx.x < kWarp && i < dim) dh0[i] += sum;
}

// A thread for each of `items`, which walks kStreams streams.
template <typename T, int kStreams, typename... Args, typename... Given>
void launch_walk(void (*kernel)(Args...), Size items, Given... given) {
  launch(kernel, blocks_for(items, kBlock), kBlock,
         Streams<T, kStreams>::elements(kBlock) * sizeof(T), given...);
}

template <typename T, typename Cell>
void forward(ScanSize size, const Cell& cell, const T* h0, T* h, T* scratch) {
  const ScanPlan plan(size);
  const Size channels = size.batch * size.dim, all = channels * plan.chunks;
  const T* starts = nullptr;
  if (plan.chunks > 1) {  // the state before each chunk
    T *factors = scratch, *own = scratch + all;
    launch_walk<T, Cell::kInputs>(summarize<T, Cell>, all, size, plan, cell, factors, own);
    launch_walk<T, 2>(carry_forward<T>, channels, size, plan, h0, factors, own, scratch + 2 * all);
    starts = scratch + 2 * all;
  }
  launch_walk<T, Cell::kInputs>(scan<T, Cell>, all, size, plan, cell, h0, starts, h);
}

template <typename T, typename Cell>
void backward(ScanSize size, const Cell& cell, const T* h0, const T* h, const T* dh, T* scratch,
              T* dh0) {
  constexpr int kOwn = Cell::kBackwardInputs;
  const ScanPlan plan(size);
  const Size channels = size.batch * size.dim, all = channels * plan.chunks;
  T* dh0s = scratch + 3 * all;
  const T* carries = nullptr;
  if (plan.chunks > 1) {  // the gradient that each chunk receives from later ones
    T *factors = scratch, *own = scratch + all;
    launch_walk<T, kOwn + 1>(summarize_backward<T, Cell>, all, size, plan, cell, dh, factors, own);
    launch_walk<T, 2>(carry_backward<T>, channels, size, plan, factors, own, scratch + 2 * all);
    carries = scratch + 2 * all;
  }
  launch_walk<T, kOwn + 2>(scan_backward<T, Cell>, all, size, plan, cell, h0, h, dh, carries, dh0s);
  if (!dh0 || size.time == 0) return;
  if (size.h0_stride > 0) {
    launch(add_to_h0<T>, blocks_for(channels), kThreads, 0, channels, dh0s, dh0);
  } else {
    launch(add_to_shared_h0<T>, column_groups(size.dim), kThreads, kThreads * sizeof(T), size.batch,
           size.dim, dh0s, dh0);
  }
}

// Calls f with a cell of this state.
template <typename T, template <typename, CandidateState> typename Cell, typename F>
void with_cell(CandidateState state, const T* gates, Sink<T> dgates, Size dim, F f) {
  if (state == CandidateState::positive) {
    f(Cell<T, CandidateState::positive>{gates, dgates, dim});
  } else {
    f(Cell<T, CandidateState::signed_>{gates, dgates, dim});
  }
}

template <typename T, template <typename, CandidateState> typename Cell>
void min_forward(ScanSize size, CandidateState state, const T* gates, const T* h0, T* h,
                 T* scratch) {
  with_cell<T, Cell>(state, gates, Sink<T>{}, size.dim,
                     [&](auto cell) { forward(size, cell, h0, h, scratch); });
}

template <typename T, template <typename, CandidateState> typename Cell>
void min_backward(ScanSize size, CandidateState state, const T* gates, const T* h0, const T* h,
                  const T* dh, T* scratch, Sink<T> dgates, T* dh0) {
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
                                       const T* dh, T* scratch, Sink<T> da, Sink<T> db, T* dh0) {
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

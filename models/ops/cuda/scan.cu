// Linear recurrences h_t = keep_t ⊙ h_{t−1} + add_t, including the min cells, for which keep and
// add are functions of the gates.
//
// A thread processes one channel of one sequence through time. Neighbouring threads have
// neighbouring channels, so their reads are contiguous, and ChannelStreams loads them ahead, four
// channels at once if their addresses allow it. If there are too few channels to fill a device,
// time is cut into chunks (ScanPlan), and three kernels run: summarize() computes the factor and
// the term of h_end = factor · h_begin + own for every chunk; carry_forward() goes from chunk to
// chunk and computes each one's first state; scan() computes the states within all chunks in
// parallel. The number of chunks depends on the sizes alone, so results agree to the bit.
//
// Backward is the recurrence g_t = dh_t + keep_{t+1} ⊙ g_{t+1} from the last token to the first,
// cut in the same way. Only h is kept: gates are recomputed.
#include "models/ops/cuda/scan.h"

#include "models/ops/common/min_cells.h"
#include "models/ops/cuda/channel_streams.cuh"
#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kBlock = 64;  // threads; small blocks spread a few channels over the whole device

// h ← keep·h + add. `input` is the address of a token's n-th input of channel i. `backward`
// receives the first kBackwardInputs inputs and propagates the gradient g of h to the inputs'
// gradients, the first of which are at element `to` of their tensors. It adds the gradient of each
// of kGates gates to `sums`. kWrites: all gradients are wanted and are written, not added to.
template <typename T>
struct LinearCell {
  static constexpr int kInputs = 2, kBackwardInputs = 1, kGates = 0;
  const T *a, *b;
  Sink<T> da, db;
  Size dim;

  __device__ const T* input(int n, Size row, Size i) const {
    return (n == 0 ? a : b) + row * dim + i;
  }
  __device__ Size stride() const { return dim; }
  __device__ T keep(const T* in) const { return in[0]; }
  __device__ T add(const T* in) const { return in[1]; }
  template <bool kWrites>
  __device__ void backward(Size to, const T*, T before, T g, T*) const {
    // The gradient of a first, because b may be a.
    if (kWrites || da.data) put(da.data[to], g * before, !kWrites && da.accumulate);
    if (kWrites || db.data) put(db.data[to], g, !kWrites && db.accumulate);
  }
  bool writes() const { return da.data && db.data && !da.accumulate && !db.accumulate; }
  bool is_aligned() const { return are_aligned(a, b); }
};

// Writes a channel's gradients, or adds to them, and adds the gradients to its sums.
template <bool kWrites, typename T, int kGates>
__device__ void put_gates(const T (&of_gates)[kGates], const Sink<T>& dgates, Size to, Size dim,
                          T* sums) {
#pragma unroll
  for (int n = 0; n < kGates; ++n) {
    put(dgates.data[to + n * dim], of_gates[n], !kWrites && dgates.accumulate);
    sums[n] += of_gates[n];
  }
}

template <typename T, CandidateState state>
struct MinGruCell {
  static constexpr int kInputs = 2, kBackwardInputs = 2, kGates = 2;  // k, v
  const T* gates;
  Sink<T> dgates;
  Size dim;

  __device__ const T* input(int n, Size row, Size i) const {
    return gates + row * 2 * dim + n * dim + i;
  }
  __device__ Size stride() const { return 2 * dim; }
  __device__ T keep(const T* in) const { return T(1) - math::sigmoid(in[0]); }
  __device__ T add(const T* in) const { return math::sigmoid(in[0]) * op::candidate<state>(in[1]); }
  template <bool kWrites>
  __device__ void backward(Size to, const T* in, T before, T g, T* sums) const {
    const T z = math::sigmoid(in[0]), to_v = g * z;
    const T of_gates[] = {to_v * (op::candidate<state>(in[1]) - before) * (T(1) - z),
                          to_v * op::candidate_derivative<state>(in[1])};
    put_gates<kWrites>(of_gates, dgates, to, dim, sums);
  }
  bool writes() const { return !dgates.accumulate; }
  bool is_aligned() const { return are_aligned(gates); }
};

template <typename T, CandidateState state>
struct MinLstmCell {
  static constexpr int kInputs = 3, kBackwardInputs = 3, kGates = 3;  // f, i, v
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
  template <bool kWrites>
  __device__ void backward(Size to, const T* in, T before, T g, T* sums) const {
    const op::LstmGates<T> now = op::lstm_gates(in[0], in[1]);
    const T to_d = g * (before - op::candidate<state>(in[2])) * now.keep * now.write;
    const T of_gates[] = {to_d * now.not_f, -to_d * now.not_i,
                          g * now.write * op::candidate_derivative<state>(in[2])};
    put_gates<kWrites>(of_gates, dgates, to, dim, sums);
  }
  bool writes() const { return !dgates.accumulate; }
  bool is_aligned() const { return are_aligned(gates); }
};

// One channel of one chunk: sequence b, `length` tokens from `begin`. Threads beyond the last
// channel have no token but keep running, because warps load together.
struct Place {
  Size b = 0, chunk = 0, i = 0, begin = 0;
  int length = 0;

  __device__ Place(ScanSize size, ScanPlan plan) {
    const Size number = thread_number();
    if (number >= size.batch * plan.chunks * size.dim) return;
    b = number / (size.dim * plan.chunks);
    chunk = number / size.dim % plan.chunks;
    i = number % size.dim;
    begin = chunk * plan.length;
    length = static_cast<int>(size.time - begin < plan.length ? size.time - begin : plan.length);
  }
  __device__ Size row(ScanSize size, int t) const { return b * size.time + begin + t; }
};

// A kernel's traversal: its chunks, and whether it may load four channels at once.
struct Walk {
  ScanPlan plan;
  bool wide;
};

// Calls visit(values) for the chunk's tokens, ascending.
template <typename T, typename Cell, typename Visit>
__device__ void ascend(const Cell& cell, ScanSize size, const Walk& walk, const Place& at,
                       Visit visit) {
  ChannelStreams<T, Cell::kInputs, kBlock> inputs(shared_memory<T>(), walk.wide);
  for (int n = 0; n < Cell::kInputs; ++n) {
    inputs.set(n, cell.input(n, at.row(size, 0), at.i), cell.stride(), at.length);
  }
  inputs.walk(at.length, [&](const T* in, int) { visit(in); });
}

// The effect of a chunk on any state: h_end = factor · h_begin + own.
template <typename T, typename Cell>
__global__ __launch_bounds__(kBlock) void summarize(ScanSize size, Walk walk, Cell cell, T* factors,
                                                    T* own) {
  const Place at(size, walk.plan);
  T factor = 1, h = 0;
  ascend<T>(cell, size, walk, at, [&](const T* in) {
    const T keep = cell.keep(in);
    factor *= keep;
    h = keep * h + cell.add(in);
  });
  if (at.length == 0) return;
  factors[thread_number()] = factor;
  own[thread_number()] = h;
}

// The state before each chunk.
template <typename T>
__global__ __launch_bounds__(kBlock) void carry_forward(ScanSize size, Walk walk, const T* h0,
                                                        const T* factors, const T* own, T* starts) {
  const Size channel = thread_number(), b = channel / size.dim, i = channel % size.dim;
  const bool active = channel < size.batch * size.dim;
  const int chunks = active ? static_cast<int>(walk.plan.chunks) : 0;
  const Size at = b * walk.plan.chunks * size.dim + i;
  T h = active ? h0[b * size.h0_stride + i] : T(0), *to = starts + at;
  ChannelStreams<T, 2, kBlock> of_chunks(shared_memory<T>(), walk.wide);
  of_chunks.set(0, factors + at, size.dim, chunks);
  of_chunks.set(1, own + at, size.dim, chunks);
  of_chunks.walk(chunks, [&](const T* of, int) {
    *to = h;
    to += size.dim;
    h = of[0] * h + of[1];
  });
}

// `starts` are the states before chunks; null for a single chunk, which begins at h0.
template <typename T, typename Cell>
__global__ __launch_bounds__(kBlock) void scan(ScanSize size, Walk walk, Cell cell, const T* h0,
                                               const T* starts, T* h) {
  const Place at(size, walk.plan);
  T now = at.length == 0 ? T(0)
          : starts       ? starts[thread_number()]
                         : h0[at.b * size.h0_stride + at.i];
  T* to = h + at.row(size, 0) * size.dim + at.i;
  ascend<T>(cell, size, walk, at, [&](const T* in) {
    now = cell.keep(in) * now + cell.add(in);
    *to = now;
    to += size.dim;
  });
}

// The effect of a chunk on the gradient from later chunks: factor · carry + own. Streams run
// backwards: value k of each belongs to token length − 1 − k.
template <typename T, typename Cell>
__global__ __launch_bounds__(kBlock) void summarize_backward(ScanSize size, Walk walk, Cell cell,
                                                             const T* dh, T* factors, T* own) {
  constexpr int kOwn = Cell::kBackwardInputs;
  const Place at(size, walk.plan);
  const Size last = at.row(size, at.length - 1);
  ChannelStreams<T, kOwn + 1, kBlock> inputs(shared_memory<T>(), walk.wide);
  for (int n = 0; n < kOwn; ++n) {
    inputs.set(n, cell.input(n, last, at.i), -cell.stride(), at.length);
  }
  inputs.set(kOwn, dh + last * size.dim + at.i, -size.dim, at.length);
  T factor = 1, carry = 0;
  inputs.walk(at.length, [&](const T* in, int) {
    const T keep = cell.keep(in);
    factor *= keep;
    carry = keep * (in[kOwn] + carry);
  });
  if (at.length == 0) return;
  factors[thread_number()] = factor;
  own[thread_number()] = carry;
}

// The gradient that each chunk receives from the one after it.
template <typename T>
__global__ __launch_bounds__(kBlock) void carry_backward(ScanSize size, Walk walk, const T* factors,
                                                         const T* own, T* carries) {
  const Size channel = thread_number();
  const bool active = channel < size.batch * size.dim;
  const int chunks = active ? static_cast<int>(walk.plan.chunks) : 0;
  const Size last =
      ((channel / size.dim + 1) * walk.plan.chunks - 1) * size.dim + channel % size.dim;
  T carry = 0, *to = carries + last;
  ChannelStreams<T, 2, kBlock> of_chunks(shared_memory<T>(), walk.wide);
  of_chunks.set(0, factors + last, -size.dim, chunks);
  of_chunks.set(1, own + last, -size.dim, chunks);
  of_chunks.walk(chunks, [&](const T* of, int) {
    *to = carry;
    to -= size.dim;
    carry = of[0] * carry + of[1];
  });
}

// From the chunk's last token to its first. dh0s (batch, dim) receives the gradient of each
// sequence's h0; unless null, sums (batch, chunks, kGates, dim) receives those of the gates.
template <typename T, typename Cell, bool kWrites>
__global__ __launch_bounds__(kBlock) void scan_backward(ScanSize size, Walk walk, Cell cell,
                                                        const T* h0, const T* h, const T* dh,
                                                        const T* carries, T* dh0s, T* sums) {
  constexpr int kOwn = Cell::kBackwardInputs;
  const Place at(size, walk.plan);
  const int last = at.length - 1;
  const Size row = at.row(size, last), state = row * size.dim + at.i;
  ChannelStreams<T, kOwn + 2, kBlock> inputs(shared_memory<T>(), walk.wide);
  for (int n = 0; n < kOwn; ++n) {
    inputs.set(n, cell.input(n, row, at.i), -cell.stride(), at.length);
  }
  inputs.set(kOwn, dh + state, -size.dim, at.length);
  // The states before; h0 precedes the sequence's first token.
  const int first = at.begin == 0 ? last : at.length;
  inputs.set(kOwn + 1, h + state - size.dim, -size.dim, first);
  const T start = at.length > 0 ? h0[at.b * size.h0_stride + at.i] : T(0);
  T carry = at.length > 0 && carries ? carries[thread_number()] : T(0);
  Size to = row * cell.stride() + at.i;
  T of_gates[Cell::kGates + 1] = {};
  inputs.walk(at.length, [&](const T* in, int k) {
    const T g = in[kOwn] + carry;
    cell.template backward<kWrites>(to, in, k < first ? in[kOwn + 1] : start, g, of_gates);
    to -= cell.stride();
    carry = g * cell.keep(in);
  });
  if (at.length == 0) return;
  if (at.chunk == 0) dh0s[at.b * size.dim + at.i] = carry;
  if (!sums) return;
#pragma unroll
  for (int n = 0; n < Cell::kGates; ++n) {
    sums[((at.b * walk.plan.chunks + at.chunk) * Cell::kGates + n) * size.dim + at.i] = of_gates[n];
  }
}

// Adds the sequences' gradients to dh0 or, if they share it, adds their sum.
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

// One thread for each of `items`; it reads kStreams streams.
template <typename T, int kStreams, typename... Args, typename... Given>
void launch_walk(void (*kernel)(Args...), Size items, Given... given) {
  launch(kernel, blocks_for(items, kBlock), kBlock,
         ChannelStreams<T, kStreams, kBlock>::kElements * sizeof(T), given...);
}

template <typename T, typename Cell>
void forward(ScanSize size, const Cell& cell, const T* h0, T* h, T* scratch) {
  const ScanPlan plan(size);
  const bool even = size.dim % 4 == 0;
  const Walk walk{plan, even && cell.is_aligned()};
  const Size channels = size.batch * size.dim, all = channels * plan.chunks;
  const T* starts = nullptr;
  if (plan.chunks > 1) {  // the state before each chunk
    T *factors = scratch, *own = scratch + all;
    const Walk of_chunks{plan, even && are_aligned(factors, own)};
    launch_walk<T, Cell::kInputs>(summarize<T, Cell>, all, size, walk, cell, factors, own);
    launch_walk<T, 2>(carry_forward<T>, channels, size, of_chunks, h0, factors, own,
                      scratch + 2 * all);
    starts = scratch + 2 * all;
  }
  launch_walk<T, Cell::kInputs>(scan<T, Cell>, all, size, walk, cell, h0, starts, h);
}

template <typename T, typename Cell>
void backward(ScanSize size, const Cell& cell, const T* h0, const T* h, const T* dh, T* scratch,
              T* dh0, T* sums) {
  constexpr int kOwn = Cell::kBackwardInputs;
  const ScanPlan plan(size);
  const bool even = size.dim % 4 == 0;
  const Walk walk{plan, even && cell.is_aligned() && are_aligned(h, dh)};
  const Size channels = size.batch * size.dim, all = channels * plan.chunks;
  T* dh0s = scratch + 3 * all;
  const T* carries = nullptr;
  if (plan.chunks > 1) {  // the gradient that each chunk receives from later ones
    T *factors = scratch, *own = scratch + all;
    const Walk of_chunks{plan, even && are_aligned(factors, own)};
    launch_walk<T, kOwn + 1>(summarize_backward<T, Cell>, all, size, walk, cell, dh, factors, own);
    launch_walk<T, 2>(carry_backward<T>, channels, size, of_chunks, factors, own,
                      scratch + 2 * all);
    carries = scratch + 2 * all;
  }
  launch_walk<T, kOwn + 2>(
      cell.writes() ? scan_backward<T, Cell, true> : scan_backward<T, Cell, false>, all, size, walk,
      cell, h0, h, dh, carries, dh0s, sums);
  if (!dh0 || size.time == 0) return;
  if (size.h0_stride > 0) {
    launch(add_to_h0<T>, blocks_for(channels), kThreads, 0, channels, dh0s, dh0);
  } else {
    launch(add_to_shared_h0<T>, column_groups(size.dim), kThreads, kThreads * sizeof(T), size.batch,
           size.dim, dh0s, dh0);
  }
}

// Calls f with the cell for this state.
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
                  const T* dh, T* scratch, Sink<T> dgates, T* dh0, T* sums) {
  with_cell<T, Cell>(state, gates, dgates, size.dim,
                     [&](auto cell) { backward(size, cell, h0, h, dh, scratch, dh0, sums); });
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
      const LinearCell<T> cell{a, nullptr, da, db, size.dim};
      backward<T>(size, cell, h0, h, dh, scratch, dh0, nullptr);
    };
    min_gru_scan<T> = min_forward<T, MinGruCell>;
    min_gru_scan_backward<T> = min_backward<T, MinGruCell>;
    min_lstm_scan<T> = min_forward<T, MinLstmCell>;
    min_lstm_scan_backward<T> = min_backward<T, MinLstmCell>;
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

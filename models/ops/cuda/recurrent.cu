// GRU and LSTM in one launch for all tokens: the loop over time is inside of the kernel.
//
// A block has 1 to 4 sequences, whose states stay in its shared memory from token to token. A token
// takes two phases with a barrier after each. First the block multiplies the states by W: a thread
// computes one unit's sum over a part of the elements, for every gate. Then a thread per unit adds
// the parts and the inputs, applies the cell, and writes the new state to shared memory. Blocks
// never wait for each other, because sequences do not depend on each other.
//
// W is read for every token, so that where it is read from decides the speed. For up to 128 units
// each thread keeps its weights in registers, as far as they fit; the others come from the caches,
// in the order in which threads read them: pack() puts them into that order before. Backward is the
// same loop from the last token to the first, with Wᵀ, which turns the gradient of W·h + b into
// that of h. The gradients of W and of the bias are sums over all tokens, left to a matrix product
// afterwards.
#include "models/ops/cuda/recurrent.h"

#include "models/ops/common/recurrent_cells.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kBlock = 512;
constexpr int kMostRows = 4;  // sequences of a block

// One unit of one token: `x` are its inputs, `u` those of W·h + b, a gate each. What is kept for
// backward stands `n` apart from gate to gate.
struct Gru {
  static constexpr int kGates = 3;
  static constexpr int kKept = 7;  // slices of weights for which a thread has registers

  template <typename T>
  __device__ static void forward(Size n, const T* x, const T* u, T* gates, T& memory, T& h, T&) {
    const op::GruGates<T> now = op::gru_gates(x[0], x[1], x[2], u[0], u[1], u[2]);
    gates[0] = now.r, gates[n] = now.z, gates[2 * n] = now.n;
    memory = u[2];
    h = op::gru_state(now, h);
  }

  // Leaves the gradient of the inputs in `dx`, and that of W·h + b in `gates`.
  template <typename T>
  __device__ static void backward(T* gates, T candidate, T h_before, T /*c_before*/, T dh, T& carry,
                                  T& /*dc*/, T* dx) {
    const op::GruGates<T> now{gates[0], gates[1], gates[2]};
    const op::GruGradient<T> d = op::gru_backward(now, candidate, h_before, dh + carry);
    dx[0] = d.r, dx[1] = d.z, dx[2] = d.n;
    gates[0] = d.r, gates[1] = d.z, gates[2] = d.u_n;
    carry = d.carry;
  }
};

struct Lstm {
  static constexpr int kGates = 4;
  static constexpr int kKept = 5;

  template <typename T>
  __device__ static void forward(Size n, const T* x, const T* u, T* gates, T& memory, T& h, T& c) {
    const op::LstmGateValues<T> now =
        op::lstm_gate_values(x[0], x[1], x[2], x[3], u[0], u[1], u[2], u[3]);
    c = op::lstm_cell(now, c);
    gates[0] = now.i, gates[n] = now.f, gates[2 * n] = now.g, gates[3 * n] = now.o;
    memory = c;
    h = now.o * math::tanh(c);
  }

  template <typename T>
  __device__ static void backward(T* gates, T cell, T /*h_before*/, T c_before, T dh, T& carry,
                                  T& dc, T* dx) {
    const op::LstmGateValues<T> now{gates[0], gates[1], gates[2], gates[3]};
    const op::LstmGradient<T> d = op::lstm_backward(now, cell, c_before, dh + carry, dc);
    dx[0] = d.i, dx[1] = d.f, dx[2] = d.g, dx[3] = d.o;
    for (int gate = 0; gate < kGates; ++gate) gates[gate] = dx[gate];
    carry = 0;
    dc = d.c_before;
  }
};

// How a block multiplies by W. A thread sums up, for one unit, a part of the elements: `slices`
// runs of 4, whose weights it reads at once. Of as few units as have a thread for each of 4 parts
// the weights stay in registers from step to step, as far as they fit; others come from the caches.
struct Layout {
  int hidden, rows, parts, slices;

  static constexpr Size kFewUnits = kBlock / 4;
  static constexpr Size kFewSequences = 132;  // about as many as an H100 has multiprocessors
  static constexpr std::size_t kSharedBytes = 96 << 10;

  Layout(Size units, Size batch, int gates, std::size_t element)
      : hidden(static_cast<int>(units)),
        rows(1),
        parts(units <= kFewUnits       ? 4
              : units <= 2 * kFewUnits ? 2
                                       : 1),
        slices(static_cast<int>(blocks_for(units, 4 * parts))) {
    const Size wanted = blocks_for(batch, kFewSequences);  // so that the whole device works
    while (rows < kMostRows && rows < wanted && 2 * bytes(gates, element) <= kSharedBytes) {
      rows *= 2;
    }
  }

  bool few_units() const { return hidden <= kFewUnits; }
  // Of a vector of the units, filled up with zeros.
  __host__ __device__ int padded() const { return 4 * slices * parts; }
  // Shared memory: for each sequence a vector for every gate, two states, and the parts' sums.
  std::size_t bytes(int gates, std::size_t element) const {
    const int row = gates * padded() + (2 + parts * gates) * hidden;
    return static_cast<std::size_t>(rows * row) * element;
  }
};

// The weights in the order in which threads read them, [gate][run of 4][unit][4], of Wᵀ with
// `transposed`: threads then have the units that W's columns stand for.
template <typename T>
__global__ void pack(Layout layout, int gates, bool transposed, const T* weight, T* packed) {
  const int number = static_cast<int>(thread_number()), hidden = layout.hidden;
  const int n = number % 4, unit = number / 4 % hidden, run = number / (4 * hidden);
  const int runs = layout.slices * layout.parts, gate = run / runs, k = run % runs * 4 + n;
  if (gate >= gates) return;
  const Size row = gate * hidden + (transposed ? k : unit), column = transposed ? unit : k;
  packed[number] = k < hidden ? weight[row * hidden + column] : T(0);
}

// A block's product with the packed weights.
template <typename T, int kGates, int kKept>
class Product {
 public:
  __device__ Product(const Layout& layout, const T* packed)
      : layout_(layout),
        packed_(packed),
        lanes_(kBlock / layout.parts),
        part_(static_cast<int>(threadIdx.x) / lanes_),
        first_unit_(static_cast<int>(threadIdx.x) % lanes_) {
    if constexpr (kKept > 0) {
      if (first_unit_ >= layout.hidden) return;
#pragma unroll
      for (int s = 0; s < kKept; ++s) {
        if (s < layout.slices) load(first_unit_, s, kept_[s]);
      }
    }
  }

  // What a part of `vectors`, a vector (padded) or one for every gate for each of the rows, gives
  // to every unit: put(sums, part, row, unit), a sum for every gate.
  template <bool kOneVector, typename Put>
  __device__ void operator()(const T* vectors, int rows, Put put) const {
    // With weights at hand one row after the other; else all that use a weight when it is read.
    constexpr int kRows = kKept > 0 ? 1 : kMostRows;
    const int gate = kOneVector ? 0 : layout_.padded();
    const int row = kOneVector ? layout_.padded() : kGates * layout_.padded();
    vectors += 4 * layout_.slices * part_;
    for (int unit = first_unit_; unit < layout_.hidden; unit += lanes_) {
      for (int first = 0; first < rows; first += kRows) {
        T sums[kRows][kGates] = {};
        const T* from = vectors + first * row;
#pragma unroll
        for (int s = 0; s < kKept; ++s) {
          if (s < layout_.slices) add(kept_[s], from + 4 * s, row, gate, rows - first, sums);
        }
#pragma unroll 2
        for (int s = kKept; s < layout_.slices; ++s) {
          Elements<T, 4> weights[kGates];
          load(unit, s, weights);
          add(weights, from + 4 * s, row, gate, rows - first, sums);
        }
#pragma unroll
        for (int r = 0; r < kRows; ++r) {
          if (first + r < rows) put(sums[r], part_, first + r, unit);
        }
      }
    }
  }

 private:
  __device__ void load(int unit, int slice, Elements<T, 4> (&weights)[kGates]) const {
    const Size runs = layout_.slices * layout_.parts, run = part_ * layout_.slices + slice;
#pragma unroll
    for (int g = 0; g < kGates; ++g) {
      weights[g] = read<4>(packed_ + ((g * runs + run) * layout_.hidden + unit) * 4);
    }
  }

  template <int kRows>
  __device__ static void add(const Elements<T, 4> (&weights)[kGates], const T* vectors, int row,
                             int gate, int rows, T (&sums)[kRows][kGates]) {
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      if (r >= rows) continue;
#pragma unroll
      for (int g = 0; g < kGates; ++g) {
        const auto of = read<4>(vectors + r * row + g * gate);
#pragma unroll
        for (int n = 0; n < 4; ++n) sums[r][g] += weights[g].of[n] * of.of[n];
      }
    }
  }

  const Layout& layout_;
  const T* packed_;
  int lanes_, part_, first_unit_;
  Elements<T, 4> kept_[kKept > 0 ? kKept : 1][kGates];
};

// A unit of a sequence of the block, and where its values stand.
struct Item {
  int row, unit;
  Size state, token;  // in (batch, hidden), of its first token in (batch, time, hidden)

  template <typename T>
  __device__ Item(const Recurrence<T>& pass, const Layout& layout, int number)
      : row(number / layout.hidden), unit(number % layout.hidden) {
    const Size b = static_cast<Size>(blockIdx.x) * layout.rows + row;
    state = b * pass.hidden + unit;
    token = b * pass.time * pass.hidden + unit;
  }
};

template <typename Cell, int kKept, typename T>
__global__ __launch_bounds__(kBlock, 1) void forward(Recurrence<T> pass, Layout layout,
                                                     const T* packed, const T* bias) {
  constexpr int kGates = Cell::kGates;
  const int hidden = layout.hidden, padded = layout.padded(), rows = layout.rows;
  const Size left = pass.batch - static_cast<Size>(blockIdx.x) * rows;
  const int own = left < rows ? static_cast<int>(left) : rows, items = own * hidden;
  // Shared memory: the states h, filled up with zeros, and c, and the parts' sums.
  T *h = shared_memory<T>(), *c = h + rows * padded, *sums = c + rows * hidden;
  for (int n = static_cast<int>(threadIdx.x); n < rows * padded; n += kBlock) h[n] = 0;
  __syncthreads();
  for (int n = static_cast<int>(threadIdx.x); n < items; n += kBlock) {
    const Item item(pass, layout, n);
    h[item.row * padded + item.unit] = pass.h0[item.state];
    c[n] = pass.c0[item.state];
  }
  const Product<T, kGates, kKept> product(layout, packed);
  const int first = static_cast<int>(threadIdx.x);
  const Item own_item(pass, layout, first);  // as a rule the only one
  for (Size t = 0; t < pass.time; ++t) {
    // The unit's inputs and biases.
    T x[kGates], b[kGates];
    const auto fetch = [&](const Item& item) {
      const T* from = pass.inputs + (item.token - item.unit + t * hidden) * kGates + item.unit;
#pragma unroll
      for (int g = 0; g < kGates; ++g) x[g] = from[g * hidden], b[g] = bias[g * hidden + item.unit];
    };
    if (first < items) fetch(own_item);  // on its way during the product
    __syncthreads();
    // W·h, in parts.
    product.template operator()<true>(h, own, [&](const T* of, int part, int row, int unit) {
#pragma unroll
      for (int g = 0; g < kGates; ++g) {
        sums[((part * kGates + g) * rows + row) * hidden + unit] = of[g];
      }
    });
    __syncthreads();
    // The cell: its gates, and the state after the token.
    for (int n = first; n < items; n += kBlock) {
      const Item item = n == first ? own_item : Item(pass, layout, n);
      if (n != first) fetch(item);
#pragma unroll
      for (int g = 0; g < kGates; ++g) {
        for (int p = 0; p < layout.parts; ++p) {
          b[g] += sums[((p * kGates + g) * rows + item.row) * hidden + item.unit];
        }
      }
      const Size at = item.token + t * hidden;
      T& now = h[item.row * padded + item.unit];
      Cell::forward(hidden, x, b, pass.gates + (at - item.unit) * kGates + item.unit,
                    pass.memory[at], now, c[n]);
      pass.h[at] = now;
    }
  }
}

template <typename Cell, int kKept, typename T>
__global__ __launch_bounds__(kBlock, 1) void backward(Recurrence<T> pass, Layout layout,
                                                      const T* packed, const T* dh, T* dinputs,
                                                      bool accumulate) {
  constexpr int kGates = Cell::kGates;
  const int hidden = layout.hidden, padded = layout.padded(), rows = layout.rows;
  const Size left = pass.batch - static_cast<Size>(blockIdx.x) * rows;
  const int own = left < rows ? static_cast<int>(left) : rows, items = own * hidden;
  // Gradients of W·h + b, of the state from later tokens, and that of c.
  T *upstream = shared_memory<T>(), *carry = upstream + rows * kGates * padded;
  T *dc = carry + rows * hidden, *sums = dc + rows * hidden;
  for (int n = static_cast<int>(threadIdx.x); n < rows * kGates * padded; n += kBlock) {
    upstream[n] = 0;
  }
  for (int n = static_cast<int>(threadIdx.x); n < items; n += kBlock) carry[n] = 0, dc[n] = 0;
  __syncthreads();
  const Product<T, kGates, kKept> product(layout, packed);
  // The values that one unit of one token needs; a thread loads its own a token ahead.
  T gates[kGates] = {}, memory = 0, h_before = 0, c_before = 0, from_above = 0;
  const auto fetch = [&](const Item& item, Size t) {
    const Size at = item.token + t * hidden;
    const T* from = pass.gates + (at - item.unit) * kGates + item.unit;
#pragma unroll
    for (int g = 0; g < kGates; ++g) gates[g] = from[g * hidden];
    memory = pass.memory[at];
    h_before = t == 0 ? pass.h0[item.state] : pass.h[at - hidden];
    c_before = t == 0 ? pass.c0[item.state] : pass.memory[at - hidden];
    from_above = dh[at];
  };
  const int first = static_cast<int>(threadIdx.x);
  const Item own_item(pass, layout, first);
  if (first < items && pass.time > 0) fetch(own_item, pass.time - 1);
  for (Size t = pass.time - 1; t >= 0; --t) {
    // The cell's gradients, from those of its output and of the state after it.
    for (int n = first; n < items; n += kBlock) {
      const Item item = n == first ? own_item : Item(pass, layout, n);
      if (n != first) fetch(item, t);
      T dx[kGates], d = carry[n];
      if (t + 1 < pass.time) {
        for (int p = 0; p < layout.parts; ++p)
          d += sums[(p * rows + item.row) * hidden + item.unit];
      }
      Cell::backward(gates, memory, h_before, c_before, from_above, d, dc[n], dx);
      carry[n] = d;
      const Size at = (item.token - item.unit + t * hidden) * kGates + item.unit;
#pragma unroll
      for (int g = 0; g < kGates; ++g) {
        put(dinputs[at + g * hidden], dx[g], accumulate);
        pass.gates[at + g * hidden] = gates[g];
        upstream[(item.row * kGates + g) * padded + item.unit] = gates[g];
      }
    }
    if (t == 0) break;  // nothing flows into the state
    if (first < items) fetch(own_item, t - 1);
    __syncthreads();
    // Wᵀ · gradient of (W·h + b): the gradient of the state before the token, in parts.
    product.template operator()<false>(upstream, own,
                                       [&](const T* of, int part, int row, int unit) {
                                         T sum = 0;
#pragma unroll
                                         for (int g = 0; g < kGates; ++g) sum += of[g];
                                         sums[(part * rows + row) * hidden + unit] = sum;
                                       });
    __syncthreads();
  }
}

template <typename T>
__global__ void shift(Recurrence<T> pass, T* before) {
  const Size number = thread_number(), hidden = pass.hidden;
  if (number >= pass.batch * pass.time * hidden) return;
  const Size t = number / hidden % pass.time, b = number / (hidden * pass.time);
  before[number] = t == 0 ? pass.h0[b * hidden + number % hidden] : pass.h[number - hidden];
}

// Packs the weights and launches `many`, or `few` where they stay in registers.
template <typename T, typename... Args, typename... Given>
void run(int gates, const Recurrence<T>& pass, bool transposed, const T* weight, T* packed,
         void (*few)(Args...), void (*many)(Args...), Given... given) {
  const Layout layout(pass.hidden, pass.batch, gates, sizeof(T));
  launch(pack<T>, blocks_for(recurrent_scratch(gates, pass.hidden)), kThreads, 0, layout, gates,
         transposed, weight, packed);
  launch(layout.few_units() ? few : many, blocks_for(pass.batch, layout.rows), kBlock,
         layout.bytes(gates, sizeof(T)), pass, layout, packed, given...);
}

template <typename Cell, typename T>
void run_forward(const Recurrence<T>& pass, const T* weight, const T* bias, T* scratch) {
  run(Cell::kGates, pass, false, weight, scratch, forward<Cell, Cell::kKept, T>,
      forward<Cell, 0, T>, bias);
}

template <typename Cell, typename T>
void run_backward(const Recurrence<T>& pass, const T* weight, const T* dh, T* dinputs,
                  bool accumulate, T* scratch) {
  run(Cell::kGates, pass, true, weight, scratch, backward<Cell, Cell::kKept, T>,
      backward<Cell, 0, T>, dh, dinputs, accumulate);
}

}  // namespace

void install_recurrent() {
  const auto install = []<typename T>(T) {
    recurrent<T> = [](RecurrentCell cell, const Recurrence<T>& pass, const T* weight, const T* bias,
                      T* scratch) {
      (cell == RecurrentCell::gru ? run_forward<Gru, T> : run_forward<Lstm, T>)(pass, weight, bias,
                                                                                scratch);
    };
    recurrent_backward<T> = [](RecurrentCell cell, const Recurrence<T>& pass, const T* weight,
                               const T* dh, T* dinputs, bool accumulate, T* scratch) {
      (cell == RecurrentCell::gru
           ? run_backward<Gru, T>
           : run_backward<Lstm, T>)(pass, weight, dh, dinputs, accumulate, scratch);
    };
    states_before<T> = [](const Recurrence<T>& pass, T* before) {
      launch(shift<T>, blocks_for(pass.batch * pass.time * pass.hidden), kThreads, 0, pass, before);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

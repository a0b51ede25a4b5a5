// GRU and LSTM in one launch for all tokens: the loop over time is inside the kernel.
//
// A block has 1 to 4 sequences, whose states stay in its shared memory from token to token. A token
// takes two phases with a barrier after each. First the block multiplies the states by W: a thread
// computes one unit's sum over a part of the elements, for every gate. Then a thread per unit adds
// the parts and the inputs, applies the cell, and writes the new state to shared memory. Blocks
// never wait for each other, because sequences are independent.
//
// W is read for every token, so the memory it comes from decides the speed. For up to 128 units
// each thread keeps its weights in registers, as far as they fit. The others come from the caches,
// in the order in which threads read them; pack() creates this order beforehand. Backward is the
// same loop from the last token to the first, with Wᵀ, which turns the gradient of W·h + b into
// that of h; forward also packs Wᵀ. The gradient of W is computed by a matrix product afterwards.
// Bias gradients are sums over all tokens: a thread sums its unit's over a sequence.
#include "models/ops/cuda/recurrent.h"

#include "models/ops/common/recurrent_cells.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

constexpr int kBlock = 512;
constexpr int kMostRows = 4;  // sequences per block

// One unit of one token: `x` are its inputs and `u` its elements of W·h + b, one per gate. The
// values kept for backward are `n` apart from gate to gate.
struct Gru {
  static constexpr int kGates = 3;
  static constexpr bool kHasCell = false;  // c, besides h
  // Slices of weights for which a thread has registers, in each direction.
  static constexpr int kKept = 7, kKeptBackward = 6;

  template <typename T>
  __device__ static void forward(Size n, const T* x, const T* u, T* gates, T& memory, T& h, T&) {
    const op::GruGates<T> now = op::gru_gates(x[0], x[1], x[2], u[0], u[1], u[2]);
    gates[0] = now.r, gates[n] = now.z, gates[2 * n] = now.n;
    memory = u[2];
    h = op::gru_state(now, h);
  }

  // Writes the gradient of the inputs to `dx`, and that of W·h + b to `gates`.
  template <typename T>
  __device__ static void backward(T* gates, T candidate, T h_before, T /*c_before*/, T dh, T& carry,
                                  T& /*dc*/, T* dx) {
    const op::GruGates<T> now{gates[0], gates[1], gates[2]};
    const op::GruGradient<T> d = op::gru_backward(now, candidate, h_before, dh + carry);
    dx[0] = d.r, dx[1] = d.z, dx[2] = d.n;
    gates[0] = d.r, gates[1] = d.z, gates[2] = d.u_n;
    carry = d.carry;
  }

  // The gradients that biases sum, first those of the inputs; sum_of() selects those of W·h + b.
  static constexpr int kSums = 4;
  template <typename T>
  __device__ static T summed(const T* dx, const T* gates, int n) {
    return n < kGates ? dx[n] : gates[2];
  }
  __device__ static int sum_of(int gate) { return gate < 2 ? gate : 3; }
};

struct Lstm {
  static constexpr int kGates = 4;
  static constexpr bool kHasCell = true;
  static constexpr int kKept = 5, kKeptBackward = 4;

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

  static constexpr int kSums = 4;
  template <typename T>
  __device__ static T summed(const T* dx, const T* /*gates*/, int n) {
    return dx[n];
  }
  __device__ static int sum_of(int gate) { return gate; }
};

// How a block multiplies by W. A thread sums up, for one unit, a part of the elements: `slices`
// runs of 4, whose weights it reads at once. If the units are few enough to have a thread for each
// of 4 parts, the weights stay in registers from step to step, as far as they fit. The others come
// from the caches.
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
  // Length of a vector of the units, padded with zeros.
  __host__ __device__ int padded() const { return 4 * slices * parts; }
  // Shared memory: for each sequence a vector for every gate, two states, and the parts' sums.
  std::size_t bytes(int gates, std::size_t element) const {
    const int row = gates * padded() + (2 + parts * gates) * hidden;
    return static_cast<std::size_t>(rows * row) * element;
  }
};

// The weights in the order in which threads read them, [gate][run of 4][unit][4]. With `both`,
// followed from element `size` on by Wᵀ, where a thread's units are W's columns.
template <typename T>
__global__ void pack(Layout layout, int gates, bool both, Size size, const T* weight, T* packed) {
  const Size element = thread_number();
  const bool transposed = element >= size;
  if (transposed && (!both || element >= 2 * size)) return;
  const int number = static_cast<int>(transposed ? element - size : element);
  const int hidden = layout.hidden;
  const int n = number % 4, unit = number / 4 % hidden, run = number / (4 * hidden);
  const int runs = layout.slices * layout.parts, gate = run / runs, k = run % runs * 4 + n;
  if (gate >= gates) return;
  const Size row = gate * hidden + (transposed ? k : unit), column = transposed ? unit : k;
  packed[element] = k < hidden ? weight[row * hidden + column] : T(0);
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

  // Multiplies a part of `vectors`, which has for each row one vector (padded), or one per gate,
  // and passes every unit's sums, one per gate, to put(sums, part, row, unit).
  template <bool kOneVector, typename Put>
  __device__ void operator()(const T* vectors, int rows, Put put) const {
    // With weights in registers, one row after the other; otherwise all rows that use a weight when
    // it is read.
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

// A unit of a sequence of the block, and the offsets of its values.
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
  // Shared memory: the states h, padded with zeros, then c and the parts' sums.
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
  const Item own_item(pass, layout, first);  // usually the only one
  for (Size t = 0; t < pass.time; ++t) {
    // The unit's inputs and biases.
    T x[kGates], b[kGates];
    const auto fetch = [&](const Item& item) {
      const T* from = pass.inputs + (item.token - item.unit + t * hidden) * kGates + item.unit;
#pragma unroll
      for (int g = 0; g < kGates; ++g) x[g] = from[g * hidden], b[g] = bias[g * hidden + item.unit];
    };
    if (first < items) fetch(own_item);  // in flight during the product
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

// The inputs of backward for one unit of one token: its gates, the memory, h before, dh, and c
// before.
template <typename Cell>
constexpr int kBackwardValues = Cell::kGates + (Cell::kHasCell ? 4 : 3);

template <typename Cell, int kKept, typename T>
__global__ __launch_bounds__(kBlock, 1) void backward(Recurrence<T> pass, Layout layout,
                                                      const T* packed, const T* dh, T* dinputs,
                                                      bool accumulate, RecurrentGradients<T> to) {
  constexpr int kGates = Cell::kGates;
  constexpr bool kOneUnit = kKept > 0;  // at most kFewUnits: a thread has one unit or none
  const int hidden = layout.hidden, padded = layout.padded(), rows = layout.rows;
  const Size left = pass.batch - static_cast<Size>(blockIdx.x) * rows;
  const int there = left < rows ? static_cast<int>(left) : rows, items = there * hidden;
  // Gradients of W·h + b, of the state from later tokens, and of c.
  T *upstream = shared_memory<T>(), *carry = upstream + rows * kGates * padded;
  T *dc = carry + rows * hidden, *sums = dc + rows * hidden;
  for (int n = static_cast<int>(threadIdx.x); n < rows * kGates * padded; n += kBlock) {
    upstream[n] = 0;
  }
  for (int n = static_cast<int>(threadIdx.x); n < items; n += kBlock) carry[n] = 0, dc[n] = 0;
  __syncthreads();
  const Product<T, kGates, kKept> product(layout, packed);
  // The values that one unit of one token needs. A thread's own are prefetched into shared memory
  // one token ahead, because no registers are free for them during the product.
  constexpr int kValues = kBackwardValues<Cell>;
  T* const ahead = sums + layout.parts * rows * hidden + threadIdx.x;
  const auto visit_values = [&](const Item& item, Size t, auto visit) {
    const Size at = item.token + t * hidden;
    const T* of_gates = pass.gates + (at - item.unit) * kGates + item.unit;
#pragma unroll
    for (int g = 0; g < kGates; ++g) visit(g, of_gates + g * hidden);
    visit(kGates, pass.memory + at);
    visit(kGates + 1, t == 0 ? pass.h0 + item.state : pass.h + at - hidden);
    visit(kGates + 2, dh + at);
    if constexpr (Cell::kHasCell) {
      visit(kValues - 1, t == 0 ? pass.c0 + item.state : pass.memory + at - hidden);
    }
  };
  const int first = static_cast<int>(threadIdx.x);
  const Item own_item(pass, layout, first);
  const auto fetch_own = [&](Size t) {
    if (first >= items) return;
    visit_values(own_item, t, [&](int k, const T* from) { copy_ahead(ahead + k * kBlock, from); });
    close_copies();
  };
  if (pass.time > 0) fetch_own(pass.time - 1);
  // Sums over the tokens. A thread's own unit's are also in shared memory, the others' in global
  // memory.
  T* const own_sums = ahead + kValues * kBlock;
#pragma unroll
  for (int k = 0; k < Cell::kSums; ++k) own_sums[k * kBlock] = 0;
  const auto put_sums = [&](const Item& item, const T(&sums_of)[Cell::kSums], bool add) {
    const Size at = (item.state - item.unit) * kGates + item.unit;
#pragma unroll
    for (int g = 0; g < kGates; ++g) {
      if (to.input_sums) put(to.input_sums[at + g * hidden], sums_of[g], add);
      if (to.bias_sums) put(to.bias_sums[at + g * hidden], sums_of[Cell::sum_of(g)], add);
    }
  };
  for (Size t = pass.time - 1; t >= 0; --t) {
    // The cell's gradients, from those of its output and of the state after it.
    for (int n = first; n < items; n += kBlock) {
      const bool own = kOneUnit || n == first;
      const Item item = own ? own_item : Item(pass, layout, n);
      T values[kValues], dx[kGates], d = carry[n];
      if (own) {
        wait_for_copies<0>();
#pragma unroll
        for (int k = 0; k < kValues; ++k) values[k] = ahead[k * kBlock];
      } else {
        visit_values(item, t, [&](int k, const T* from) { values[k] = *from; });
      }
      T* const gates = values;  // the first of the values
      const T h_before = values[kGates + 1];
      if (t + 1 < pass.time) {
        for (int p = 0; p < layout.parts; ++p)
          d += sums[(p * rows + item.row) * hidden + item.unit];
      }
      const T c_before = Cell::kHasCell ? values[kValues - 1] : T(0);
      Cell::backward(gates, values[kGates], h_before, c_before, values[kGates + 2], d, dc[n], dx);
      carry[n] = d;
      const Size at = (item.token - item.unit + t * hidden) * kGates + item.unit;
#pragma unroll
      for (int g = 0; g < kGates; ++g) {
        put(dinputs[at + g * hidden], dx[g], accumulate);
        pass.gates[at + g * hidden] = gates[g];
        upstream[(item.row * kGates + g) * padded + item.unit] = gates[g];
      }
      if (to.before) to.before[item.token + t * hidden] = h_before;
      T now[Cell::kSums];
#pragma unroll
      for (int k = 0; k < Cell::kSums; ++k) {
        now[k] = Cell::summed(dx, gates, k);
        if (own) own_sums[k * kBlock] += now[k];
      }
      if (!own) put_sums(item, now, t + 1 < pass.time);
      if (kOneUnit) break;
    }
    if (t == 0) break;  // nothing flows into the state
    fetch_own(t - 1);
    __syncthreads();
    // Wᵀ · gradient of (W·h + b): the gradient of the state before the token, in parts.
    product.template operator()<false>(upstream, there,
                                       [&](const T* of, int part, int row, int unit) {
                                         T sum = 0;
#pragma unroll
                                         for (int g = 0; g < kGates; ++g) sum += of[g];
                                         sums[(part * rows + row) * hidden + unit] = sum;
                                       });
    __syncthreads();
  }
  if (first >= items) return;
  T all[Cell::kSums];
#pragma unroll
  for (int k = 0; k < Cell::kSums; ++k) all[k] = own_sums[k * kBlock];
  put_sums(own_item, all, false);
}

// Launches `many`, or `few` if the weights stay in registers.
template <typename T, typename... Args, typename... Given>
void run(const Layout& layout, std::size_t shared, const Recurrence<T>& pass, const T* packed,
         void (*few)(Args...), void (*many)(Args...), Given... given) {
  launch(layout.few_units() ? few : many, blocks_for(pass.batch, layout.rows), kBlock, shared, pass,
         layout, packed, given...);
}

template <typename Cell, typename T>
void run_forward(const Recurrence<T>& pass, const T* weight, const T* bias, bool both, T* packed) {
  constexpr int kGates = Cell::kGates;
  const Layout layout(pass.hidden, pass.batch, kGates, sizeof(T));
  const Size size = recurrent_packed(kGates, pass.hidden);
  launch(pack<T>, blocks_for(both ? 2 * size : size), kThreads, 0, layout, kGates, both, size,
         weight, packed);
  run(layout, layout.bytes(kGates, sizeof(T)), pass, packed, forward<Cell, Cell::kKept, T>,
      forward<Cell, 0, T>, bias);
}

template <typename Cell, typename T>
void run_backward(const Recurrence<T>& pass, const T* packed, const T* dh, T* dinputs,
                  bool accumulate, const RecurrentGradients<T>& to) {
  constexpr int kGates = Cell::kGates;
  const Layout layout(pass.hidden, pass.batch, kGates, sizeof(T));
  constexpr std::size_t kAhead = (kBackwardValues<Cell> + Cell::kSums) * kBlock * sizeof(T);
  run(layout, layout.bytes(kGates, sizeof(T)) + kAhead, pass,
      packed + recurrent_packed(kGates, pass.hidden), backward<Cell, Cell::kKeptBackward, T>,
      backward<Cell, 0, T>, dh, dinputs, accumulate, to);
}

}  // namespace

void install_recurrent() {
  const auto install = []<typename T>(T) {
    recurrent<T> = [](RecurrentCell cell, const Recurrence<T>& pass, const T* weight, const T* bias,
                      bool both, T* packed) {
      const bool gru = cell == RecurrentCell::gru;
      (gru ? run_forward<Gru, T> : run_forward<Lstm, T>)(pass, weight, bias, both, packed);
    };
    recurrent_backward<T> = [](RecurrentCell cell, const Recurrence<T>& pass, const T* packed,
                               const T* dh, T* dinputs, bool accumulate,
                               const RecurrentGradients<T>& to) {
      const bool gru = cell == RecurrentCell::gru;
      (gru ? run_backward<Gru, T> : run_backward<Lstm, T>)(pass, packed, dh, dinputs, accumulate,
                                                           to);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

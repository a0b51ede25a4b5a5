// Tokens from the parts of timesteps; each part's product has few terms.
//
// Forward: a thread computes one column of a timestep's three tokens. Backward: a weight's gradient
// has an element for each of its columns and each of a part's inputs, a bias's for each column, and
// all of them are sums over timesteps. A block takes 32 such elements, of any gradient, and a part
// of the timesteps. The parts are added up later (reduce.h).
#include "models/ops/cuda/token_embedding.h"

#include <limits>

#include "models/ops/cuda/reduce.cuh"

namespace seqrl::cuda {
namespace {

template <typename T>
__global__ void embed(Size rows, Divisor dim, TokenInputs<T> in, const T* table, Size table_rows,
                      const std::int32_t* ids, T* y) {
  const Size number = thread_number();
  if (number >= rows * dim) return;
  const Size row = number / dim, i = number % dim;
  const std::int32_t id = ids[row];
  const T time =
      id >= 0 && id < table_rows ? table[id * dim + i] : std::numeric_limits<T>::quiet_NaN();
#pragma unroll
  for (int p = 0; p < kTokenParts; ++p) {
    const int width = in.width[p];
    const T *x = in.x[p] + row * width, *weight = in.weight[p] + i * width;
    T sum = in.bias[p][i];
    for (int k = 0; k < width; ++k) sum += x[k] * weight[k];
    y[(row * kTokenParts + p) * dim + i] = sum + time;
  }
}

// The location of an element of the gradients: first the weights of each part, then the biases.
template <typename T>
struct GradientPlace {
  int part = 0, input = -1;  // −1: an element of a bias
  Size column = 0, place = 0;
  T* sums = nullptr;
  Size size = 0;  // of the gradient that it belongs to

  __device__ GradientPlace(Size number, Size dim, const TokenInputs<T>& in,
                           const TokenSums<T>& to) {
#pragma unroll
    for (int p = 0; p < kTokenParts; ++p) {
      const Size of_weight = in.width[p] * dim;
      if (number >= 0 && number < of_weight) {
        part = p, input = static_cast<int>(number % in.width[p]), column = number / in.width[p];
        place = number, sums = to.weight[p], size = of_weight;
      }
      number -= of_weight;
      if (number >= 0 && number < dim) {
        part = p, column = place = number, sums = to.bias[p], size = dim;
      }
      number -= dim;
    }
  }
};

template <typename T>
__global__ void sum_tokens(Size rows, Size dim, Size elements, RowParts parts, TokenInputs<T> in,
                           const T* dy, TokenSums<T> to) {
  const Size groups = divide_up(elements, kWarp), part = blockIdx.x / groups;
  const Size number = blockIdx.x % groups * kWarp + threadIdx.x % kWarp;
  const Size begin = part * parts.length;
  const Size end = begin + parts.length < rows ? begin + parts.length : rows;
  const GradientPlace<T> own(number, dim, in, to);
  const T* x = nullptr;
  Size width = 0;
#pragma unroll
  for (int p = 0; p < kTokenParts; ++p) {
    if (p == own.part && own.input >= 0) x = in.x[p] + own.input, width = in.width[p];
  }
  const T* from = dy + own.part * dim + own.column;
  const T sum = sum_column(begin, end, own.sums != nullptr, shared_memory<T>(), [&](Size row) {
    const T upstream = from[row * kTokenParts * dim];
    return x ? upstream * x[row * width] : upstream;
  });
  if (threadIdx.x < kWarp && own.sums) own.sums[part * own.size + own.place] = sum;
}

}  // namespace

void install_token_embedding() {
  const auto install = []<typename T>(T) {
    embed_tokens<T> = [](Size rows, Size dim, const TokenInputs<T>& in, const T* table,
                         Size table_rows, const std::int32_t* ids, T* y) {
      launch(embed<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, in, table, table_rows, ids,
             y);
    };
    embed_tokens_backward<T> = [](Size rows, Size dim, const TokenInputs<T>& in, const T* dy,
                                  const TokenSums<T>& to) {
      Size elements = kTokenParts * dim;
      for (const int width : in.width) elements += width * dim;
      const RowParts parts(rows);
      launch(sum_tokens<T>, parts.count * column_groups(elements), kThreads, kThreads * sizeof(T),
             rows, dim, elements, parts, in, dy, to);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

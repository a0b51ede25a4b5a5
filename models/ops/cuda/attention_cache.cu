#include "models/ops/cuda/attention_cache.h"

#include "models/ops/cuda/position.cuh"

namespace seqrl::cuda {
namespace {

// An element of `rows` rows of each sequence: of the keys or, in the second half, the values.
struct Element {
  Size part, sequence, row, column;

  __device__ Element(const CacheSizes& sizes, Size rows, Size number)
      : part(number / (sizes.batch * rows * sizes.dim)),
        sequence(number / (rows * sizes.dim) % sizes.batch),
        row(number / sizes.dim % rows),
        column(number % sizes.dim) {}
};

template <typename T>
__device__ T* part_of(const KeysAndValues<T>& both, Size part) {
  return part == 0 ? both.keys : both.values;
}

// The address of the key or value of the chunk's token t.
__device__ Size in_chunk(const CacheSizes& sizes, const Element& e, Size t) {
  return ((e.sequence * sizes.time + t) * 3 + 1 + e.part) * sizes.dim + e.column;
}
// The ring's address of the key or value of the token at `position`.
__device__ Size in_ring(const CacheSizes& sizes, const Element& e, Size position) {
  return (e.sequence * sizes.capacity + position % sizes.capacity) * sizes.dim + e.column;
}

template <typename T>
__global__ void gather(CacheSizes sizes, Position position, Size past, const T* qkv,
                       KeysAndValues<const T> rings, KeysAndValues<T> rows) {
  const Size all = past + sizes.time, number = thread_number();
  if (number >= 2 * sizes.batch * all * sizes.dim) return;
  const Element e(sizes, all, number);
  T* to = part_of(rows, e.part) + (e.sequence * all + e.row) * sizes.dim + e.column;
  if (e.row >= past) {
    *to = qkv[in_chunk(sizes, e, e.row - past)];
    return;
  }
  const Size of = value_of(position) - past + e.row;
  *to = of < 0 ? T(0) : part_of(rings, e.part)[in_ring(sizes, e, of)];
}

template <typename T>
__global__ void fill(CacheSizes sizes, Position position, Size kept, const T* qkv,
                     KeysAndValues<T> rings) {
  const Size number = thread_number();
  if (number >= 2 * sizes.batch * kept * sizes.dim) return;
  const Element e(sizes, kept, number);
  const Size t = sizes.time - kept + e.row;
  part_of(rings, e.part)[in_ring(sizes, e, value_of(position) + t)] = qkv[in_chunk(sizes, e, t)];
}

}  // namespace

void install_attention_cache() {
  const auto install = []<typename T>(T) {
    gather_cache<T> = [](const CacheSizes& sizes, Position position, Size past, const T* qkv,
                         KeysAndValues<const T> rings, KeysAndValues<T> rows) {
      launch(gather<T>, blocks_for(2 * sizes.batch * (past + sizes.time) * sizes.dim), kThreads, 0,
             sizes, position, past, qkv, rings, rows);
    };
    fill_cache<T> = [](const CacheSizes& sizes, Position position, const T* qkv,
                       KeysAndValues<T> rings) {
      const Size kept = sizes.time < sizes.capacity ? sizes.time : sizes.capacity;
      launch(fill<T>, blocks_for(2 * sizes.batch * kept * sizes.dim), kThreads, 0, sizes, position,
             kept, qkv, rings);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

// Rows that are assembled from parts, or split into parts.
#pragma once

#include <cstdint>

namespace seqrl::op {

inline constexpr int kMaxParts = 4;

// Row r · count + p of the whole is parts[p][r] + shared[r], rows of dim elements; `shared` is
// skipped if null.
template <typename T>
struct Interleaved {
  int count;
  const T* parts[kMaxParts];
  const T* shared;
};

// The gradients of Interleaved; each is skipped if null and added to if its `accumulate` is set.
template <typename T>
struct InterleavedSinks {
  int count;
  T* parts[kMaxParts];
  bool accumulate[kMaxParts];
  T* shared;
  bool accumulate_shared;
};

// Adjacent pieces that make up rows of dim elements; a piece is skipped if its `data` is null.
template <typename T>
struct Pieces {
  int count = 0;
  T* data[kMaxParts];  // (rows, size)
  std::int64_t size[kMaxParts];
  bool accumulate[kMaxParts];  // for pieces that are written
};

}  // namespace seqrl::op

// Rows that are put together from parts, or taken apart.
#pragma once

#include <cstdint>

namespace seqrl::op {

inline constexpr int kMaxParts = 4;

// Row r · count + p of the whole is parts[p][r] + shared[r], rows of dim elements; without `shared`
// where it is null.
template <typename T>
struct Interleaved {
  int count;
  const T* parts[kMaxParts];
  const T* shared;
};

// The gradients of Interleaved, each left out where it is null, and added to with its `accumulate`.
template <typename T>
struct InterleavedSinks {
  int count;
  T* parts[kMaxParts];
  bool accumulate[kMaxParts];
  T* shared;
  bool accumulate_shared;
};

// Pieces that make up rows of dim elements, side by side; where `data` is null, one is left out.
template <typename T>
struct Pieces {
  int count = 0;
  T* data[kMaxParts];  // (rows, size)
  std::int64_t size[kMaxParts];
  bool accumulate[kMaxParts];  // of pieces that are written
};

}  // namespace seqrl::op

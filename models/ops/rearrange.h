// Slicing, splitting and concatenation along the last dimension.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "models/core/tensor.h"

namespace seqrl {

// Elements [begin, begin + size) of the last dimension: x (..., dim) → (..., size).
Tensor slice_last(const Tensor& x, std::int64_t begin, std::int64_t size);

// Splits the last dimension: x (..., dim) → parts (..., sizes[i]); the sizes, at most 4, add up to
// dim.
void split_last(const Tensor& x, std::span<const std::int64_t> sizes, std::span<Tensor> parts);
template <std::size_t n>
std::array<Tensor, n> split_last(const Tensor& x, const std::int64_t (&sizes)[n]) {
  std::array<Tensor, n> parts;
  split_last(x, sizes, parts);
  return parts;
}

// Concatenates a (..., m) and b (..., n), row by row → (..., m + n).
Tensor concatenate_last(const Tensor& a, const Tensor& b);

}  // namespace seqrl

// Ops on tokens: from per-timestep vectors to a sequence and back.
#pragma once

#include <array>
#include <initializer_list>

#include "models/core/tensor.h"

namespace seqrl {

// Rows of a table: ids (batch, time) int32 in [0, n), table (n, dim) → (batch, time, dim).
Tensor embedding(const Tensor& table, const Tensor& ids);

// Interleaves parts (batch, time, dim) over time, p0 p1 p2 p0 p1 p2 …, and adds `shared`
// (batch, time, dim), unless it is undefined, to each: → (batch, parts · time, dim).
Tensor interleave(std::initializer_list<Tensor> parts, const Tensor& shared);

// Every stride-th token from `offset` on: x (batch, stride · time, dim) → (batch, time, dim).
Tensor strided_tokens(const Tensor& x, std::int64_t stride, std::int64_t offset);
// The same for two tensors; the second may be undefined. On CUDA it is one kernel if their shapes
// are equal.
std::array<Tensor, 2> strided_tokens(const std::array<Tensor, 2>& both, std::int64_t stride,
                                     std::int64_t offset);

// The last token: x (batch, time, dim) → (batch, 1, dim); time ≥ 1.
Tensor last_token(const Tensor& x);

// Chosen tokens: x (batch, time, dim), rows (n) int32, each b · time + t → (n, dim).
Tensor tokens_at(const Tensor& x, const Tensor& rows);

// The mean of each sequence's first tokens: x (batch, time, dim), lengths (batch) int32, in
// [1, time] → (batch, dim).
Tensor mean_token(const Tensor& x, const Tensor& lengths);

// Features that compare vectors u and v, rows 2i and 2i + 1 of x: [u, v, u⊙v, u − v].
//   x (2n, dim) → (n, 4 · dim).  Source: Mou et al., arXiv 1512.08422, as used by Long Range Arena.
Tensor compare_pairs(const Tensor& x);

// Moves a window of the last tokens, (batch, tokens, dim) or, for one token, (batch, dim), to the
// end of the chunk x (batch, time, dim) that follows it, in place. Takes no gradient.
void shift_window(const Tensor& window, const Tensor& x);

}  // namespace seqrl

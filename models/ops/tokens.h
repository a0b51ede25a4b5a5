// From per-timestep vectors to a sequence of tokens, and back.
#pragma once

#include <initializer_list>

#include "models/core/tensor.h"

namespace seqrl {

// Rows of a table: ids (batch, time) int32 in [0, n), table (n, dim) → (batch, time, dim).
Tensor embedding(const Tensor& table, const Tensor& ids);

// Interleaves parts (batch, time, dim) over time, p0 p1 p2 p0 p1 p2 …, adding `shared`
// (batch, time, dim), or nothing where it is undefined, to each: → (batch, parts · time, dim).
Tensor interleave(std::initializer_list<Tensor> parts, const Tensor& shared);

// Every stride-th token from `offset` on: x (batch, stride · time, dim) → (batch, time, dim).
Tensor every(const Tensor& x, std::int64_t stride, std::int64_t offset);

// The last token: x (batch, time, dim) → (batch, 1, dim). Time is at least 1.
Tensor last_token(const Tensor& x);

}  // namespace seqrl

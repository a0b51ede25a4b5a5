// Rotary position encoding.
#pragma once

#include <cstdint>

#include "models/core/tensor.h"
#include "models/ops/common/position.h"

namespace seqrl {

class Tape;

// Cosines, then sines, of the angles position · 10000^(−2i/size), i in [0, size/2), for `time`
// positions from `first` on: (time, size). One table serves all layers of a pass.
Tensor rotary_table(Tape& tape, DType dtype, Position first, std::int64_t time, std::int64_t size);

// Rotates queries and keys by the angles of their positions, so that their product depends only on
// the distance between them: each pair (x_i, x_{i + size/2}) of a head becomes
//   (x_i·cos − x_{i + size/2}·sin, x_{i + size/2}·cos + x_i·sin). Values are unchanged.
// Source: Su et al., arXiv 2104.09864, halves paired as in GPT-NeoX.
//   qkv    (batch, time, 3·dim), as for attention
//   table  (time, dim / heads), dim / heads even
// Returns the shape of qkv.
Tensor rotary(const Tensor& qkv, const Tensor& table);

}  // namespace seqrl

// Kernels of models/ops/attention.h.
#pragma once

#include <cstdint>

#include "models/ops/common/attention.h"
#include "models/ops/common/dropout.h"

namespace seqrl::cpu {

using op::AttentionInputs;
using op::AttentionSizes;
using op::DropoutRule;
using op::Sequences;

// Elements of scratch that both directions need.
template <typename T>
std::int64_t attention_scratch(const AttentionSizes& sizes);

// y = softmax(q·kᵀ/√size)·v
template <typename T>
void attention(const AttentionSizes& sizes, const AttentionInputs<T>& in,
               const DropoutRule& dropout, Sequences<T> y, T* scratch);

// From dy the gradients of queries, keys and values, `time` rows each: of the keys and values
// before the first query's own there is none. Added to what is there.
template <typename T>
void attention_backward(const AttentionSizes& sizes, const AttentionInputs<T>& in,
                        const DropoutRule& dropout, Sequences<const T> dy, Sequences<T> dq,
                        Sequences<T> dk, Sequences<T> dv, T* scratch);

}  // namespace seqrl::cpu

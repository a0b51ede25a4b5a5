// CPU kernels of models/ops/attention.h.
#pragma once

#include <cstdint>

#include "models/ops/common/attention.h"
#include "models/ops/common/dropout.h"

namespace seqrl::cpu {

using op::AttentionInputs;
using op::AttentionSizes;
using op::DropoutRule;
using op::Sequences;

// Scratch elements that each direction needs: linear in time.
template <typename T>
std::int64_t attention_scratch(const AttentionSizes& sizes);
template <typename T>
std::int64_t attention_backward_scratch(const AttentionSizes& sizes);

// y = softmax(q·kᵀ/√size)·v. log_sums (batch, heads, time) is kept for backward.
template <typename T>
void attention(const AttentionSizes& sizes, const AttentionInputs<T>& in,
               const DropoutRule& dropout, Sequences<T> y, T* log_sums, T* scratch);

// Computes the gradients of queries, keys and values from dy, `time` rows each: keys and values
// before the first query's own have none. Writes them, or adds to them with `accumulate`.
template <typename T>
void attention_backward(const AttentionSizes& sizes, const AttentionInputs<T>& in,
                        const DropoutRule& dropout, Sequences<const T> y, const T* log_sums,
                        Sequences<const T> dy, Sequences<T> dq, Sequences<T> dk, Sequences<T> dv,
                        bool accumulate, T* scratch);

}  // namespace seqrl::cpu

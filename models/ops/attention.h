// Causal multi-head self-attention.
#pragma once

#include <cstdint>

#include "models/core/tensor.h"
#include "models/ops/common/position.h"

namespace seqrl {

struct AttentionOptions {
  std::int64_t heads = 1;   // divides dim
  std::int64_t window = 0;  // tokens that a token sees, including itself; 0: all up to itself
  double dropout = 0;       // of the probabilities, in training passes; in [0, 1)
};

// Keys and values of the tokens before a chunk. Token p is in row p % capacity.
struct AttentionCache {
  Tensor keys, values;  // (batch, capacity, dim), overwritten
  Position length;      // tokens seen so far; without a window, the host must know it
};

// The number of rows that a cache needs for a chunk of `time` tokens after `length` others.
std::int64_t attention_cache_rows(std::int64_t window, std::int64_t length, std::int64_t time);

// softmax(q·kᵀ / √(dim / heads), over the visible tokens)·v, for each head.
// Source: Vaswani et al., arXiv 1706.03762.
//   qkv  (batch, time, 3·dim): each token's query, key and value, each with its heads in order
// Returns (batch, time, dim), heads concatenated. Needs memory linear in time.
Tensor attention(const Tensor& qkv, const AttentionOptions& options);

// The same for a chunk that continues from the cache and is then added to it. No gradient flows
// into the cache.
Tensor attention(const Tensor& qkv, const AttentionOptions& options, const AttentionCache& cache);

}  // namespace seqrl

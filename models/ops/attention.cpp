#include "models/ops/attention.h"

#include <algorithm>

#include "models/ops/cpu/attention.h"
#include "models/ops/cpu/attention_cache.h"
#include "models/ops/cuda/attention.h"
#include "models/ops/cuda/attention_cache.h"
#include "models/ops/op.h"

namespace seqrl {
namespace {

// The number of earlier tokens that a chunk sees; the most possible if the host does not know it.
std::int64_t remembered(std::int64_t window, const Position& length) {
  if (window == 0) return length.number;
  return length.on_device ? window - 1 : std::min(length.number, window - 1);
}

// The same position, kept until the tape's pass ends: the one in memory advances before backward
// reads it.
Position kept_on(Tape& tape, const Position& position) {
  if (!position.on_device || !tape.recording()) return position;
  constexpr std::size_t kBytes = sizeof *position.on_device;
  const Tensor kept = tape.constant({kBytes / size_of(DType::i32)}, DType::i32);
  runtime_of(tape.device()).copy(kept.raw(), position.on_device, kBytes);
  return {position.number, static_cast<const std::int64_t*>(kept.raw())};
}

// The keys and values that a chunk sees; both undefined if they are only those of qkv.
struct Seen {
  Tensor keys, values;
};

// Returns the chunk's keys and values preceded by `past` cached ones. Then adds the chunk's to the
// cache.
template <typename T>
Seen pass_cache(Tape& tape, const Tensor& qkv, const AttentionCache& cache, std::int64_t past) {
  const std::int64_t batch = qkv.dim(0), time = qkv.dim(1), dim = qkv.dim(2) / 3;
  Seen seen;
  if (past > 0) {
    seen.keys = tape.constant({batch, past + time, dim}, qkv.dtype());
    seen.values = tape.constant({batch, past + time, dim}, qkv.dtype());
  }
  const op::CacheSizes sizes{batch, time, dim, cache.keys.dim(1)};
  T *keys = cache.keys.data<T>(), *values = cache.values.data<T>();
  if (past > 0) {
    op::run(tape, cpu::gather_cache<T>, cuda::gather_cache<T>, sizes, cache.length, past,
            qkv.data<T>(), op::KeysAndValues<const T>{keys, values},
            op::KeysAndValues<T>{seen.keys.data<T>(), seen.values.data<T>()});
  }
  op::run(tape, cpu::fill_cache<T>, cuda::fill_cache<T>, sizes, cache.length, qkv.data<T>(),
          op::KeysAndValues<T>{keys, values});
  return seen;
}

// Columns [part·dim, (part + 1)·dim) of every token.
template <typename T>
op::Sequences<T> part_of(const Tensor& tensor, std::int64_t part, std::int64_t dim) {
  const std::int64_t time = tensor.dim(1), columns = tensor.dim(2);
  return {static_cast<T*>(tensor.raw()) + part * dim, time * columns, columns};
}

void require_options(const Tensor& qkv, const AttentionOptions& options) {
  SEQRL_REQUIRE(qkv.shape().rank() == 3 && qkv.dim(2) > 0 && qkv.dim(2) % 3 == 0,
                "attention: qkv has shape {}, expected (batch, time, 3·dim)", qkv.shape().text());
  SEQRL_REQUIRE(options.heads >= 1 && qkv.dim(2) / 3 % options.heads == 0,
                "attention: {} heads do not divide dim {}", options.heads, qkv.dim(2) / 3);
  SEQRL_REQUIRE(options.window >= 0, "attention: window is {}, expected 0 (none) or more",
                options.window);
  SEQRL_REQUIRE(options.dropout >= 0 && options.dropout < 1,
                "attention: dropout is {}, expected a probability below 1", options.dropout);
}

Tensor attend(const Tensor& qkv, const AttentionOptions& options, const AttentionCache* cache) {
  require_options(qkv, options);
  Tape& tape = op::begin("attention", {qkv});
  SEQRL_REQUIRE(
      !op::on_cuda(tape) || qkv.dim(2) / 3 / options.heads <= cuda::kLargestHead,
      "attention: a head has {} elements, but CUDA's kernels support at most {}; use more heads",
      qkv.dim(2) / 3 / options.heads, cuda::kLargestHead);
  const std::int64_t batch = qkv.dim(0), time = qkv.dim(1), dim = qkv.dim(2) / 3;
  const Position before = cache ? kept_on(tape, cache->length) : 0;
  const std::int64_t past = cache ? remembered(options.window, before) : 0;
  const op::AttentionSizes sizes{batch, time,          options.heads, dim / options.heads,
                                 past,  options.window};
  const double p = tape.training() ? options.dropout : 0;
  const op::DropoutRule dropout(p > 0 ? tape.next_dropout() : DropoutKey{}, p);

  const Tensor y = tape.output({batch, time, dim}, qkv.dtype());
  Seen seen;
  if (cache) {
    dispatch(qkv.dtype(), [&]<typename T>(T) { seen = pass_cache<T>(tape, qkv, *cache, past); });
  }
  const auto inputs = [=]<typename T>(T) -> op::AttentionInputs<T> {
    return {part_of<const T>(qkv, 0, dim),
            past > 0 ? part_of<const T>(seen.keys, 0, dim) : part_of<const T>(qkv, 1, dim),
            past > 0 ? part_of<const T>(seen.values, 0, dim) : part_of<const T>(qkv, 2, dim)};
  };
  // Values that backward needs besides the result.
  const Tensor log_sums = tape.constant({batch, options.heads, time}, qkv.dtype());
  std::uint32_t* const kept =
      op::on_cuda(tape) && p > 0
          ? tape.scratch<std::uint32_t>(batch * options.heads * time * cuda::attention_words(sizes))
          : nullptr;
  dispatch(qkv.dtype(), [&]<typename T>(T type) {
    if (op::on_cuda(tape)) {
      return cuda::attention<T>(sizes, before, inputs(type), dropout, kept, part_of<T>(y, 0, dim),
                                log_sums.data<T>());
    }
    cpu::attention<T>(sizes, inputs(type), dropout, part_of<T>(y, 0, dim), log_sums.data<T>(),
                      tape.scratch<T>(cpu::attention_scratch<T>(sizes)));
  });
  if (op::differentiates(tape, {qkv})) {
    tape.record([=, &tape] {
      const Tensor dy = tape.gradient(y);
      const auto [dqkv, accumulate] = tape.sink(qkv);
      dispatch(qkv.dtype(), [&, dqkv = dqkv, accumulate = accumulate]<typename T>(T type) {
        if (op::on_cuda(tape)) {
          const std::int64_t count = cuda::attention_sums(sizes);
          T* const parts = accumulate ? nullptr : tape.scratch<T>(count * qkv.dim(2));
          if (parts) tape.keep_row_sums(qkv, {parts, count});
          return cuda::attention_backward<T>(
              sizes, before, inputs(type), dropout, kept, part_of<const T>(y, 0, dim),
              log_sums.data<T>(), part_of<const T>(dy, 0, dim), part_of<T>(dqkv, 0, dim),
              part_of<T>(dqkv, 1, dim), part_of<T>(dqkv, 2, dim), accumulate, parts);
        }
        cpu::attention_backward<T>(sizes, inputs(type), dropout, part_of<const T>(y, 0, dim),
                                   log_sums.data<T>(), part_of<const T>(dy, 0, dim),
                                   part_of<T>(dqkv, 0, dim), part_of<T>(dqkv, 1, dim),
                                   part_of<T>(dqkv, 2, dim), accumulate,
                                   tape.scratch<T>(cpu::attention_backward_scratch<T>(sizes)));
      });
    });
  }
  return y;
}

}  // namespace

std::int64_t attention_cache_rows(std::int64_t window, std::int64_t length, std::int64_t time) {
  return window == 0 ? length + time : window - 1;
}

Tensor attention(const Tensor& qkv, const AttentionOptions& options) {
  return attend(qkv, options, nullptr);
}

Tensor attention(const Tensor& qkv, const AttentionOptions& options, const AttentionCache& cache) {
  require_options(qkv, options);
  const Shape expected{qkv.dim(0), cache.keys.dim(1), qkv.dim(2) / 3};
  op::require_shape("attention", "the cache's keys", cache.keys, expected);
  op::require_shape("attention", "the cache's values", cache.values, expected);
  op::require_dtype("attention", "the cache's keys", cache.keys, qkv.dtype());
  op::require_dtype("attention", "the cache's values", cache.values, qkv.dtype());
  SEQRL_REQUIRE(options.window > 0 || !cache.length.on_device,
                "attention: without a window the cache's length must be known to the host");
  const std::int64_t length = cache.length.number;
  const std::int64_t rows = attention_cache_rows(options.window, length, qkv.dim(1));
  SEQRL_REQUIRE(cache.keys.dim(1) >= rows,
                "attention: the cache has {} rows, expected at least {} for {} tokens after {}",
                cache.keys.dim(1), rows, qkv.dim(1), length);
  return attend(qkv, options, &cache);
}

}  // namespace seqrl

// Philox in kernels.
#pragma once

#include "models/ops/common/dropout.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {

using op::DropoutRule;
using op::kDropoutGroup;
using op::kDropoutLanes;

// The Philox block that decides on 8 elements of a group of 128: element, element + 16, …, where
// element % 128 < 16.
struct DropoutBits {
  std::uint32_t a, b, c, d;

  // The 16 bits drawn for the n-th of the 8 elements.
  __device__ std::uint32_t of(int n) const {
    const std::uint32_t word = n < 4 ? (n < 2 ? a : b) : (n < 6 ? c : d);
    return word >> (n % 2 * 16) & 0xFFFF;
  }
};

__device__ inline DropoutBits dropout_bits(const DropoutRule& rule, Size shard, Size group,
                                           Size lane) {
  const std::uint64_t step = rule.step_on_device ? *rule.step_on_device : rule.step;
  const auto block = static_cast<std::uint32_t>(group * kDropoutLanes + lane);
  const auto index = rule.index + (static_cast<std::uint32_t>(shard) << 16);
  const auto bits = philox(
      {block, index, static_cast<std::uint32_t>(step), op::last_dropout_word(step)}, rule.seed);
  return {bits[0], bits[1], bits[2], bits[3]};
}

template <typename T>
__device__ T scale_of_kept(const DropoutRule& rule) {
  if constexpr (std::is_same_v<T, float>) return rule.single_scale;
  return static_cast<T>(rule.scale);
}

template <typename T>
__device__ T dropout_scale(const DropoutRule& rule, std::uint32_t bits) {
  return bits < rule.threshold ? T(0) : scale_of_kept<T>(rule);
}

// The scale of one element of a shard, for callers that need single elements.
template <typename T>
__device__ T dropout_scale(const DropoutRule& rule, Size shard, Size element) {
  const Size within = element % kDropoutGroup;
  const DropoutBits bits =
      dropout_bits(rule, shard, element / kDropoutGroup, within % kDropoutLanes);
  return dropout_scale<T>(rule, bits.of(static_cast<int>(within / kDropoutLanes)));
}

// The shard that sample b is in.
__device__ inline Size shard_of(const DropoutRule& rule, Size b) {
  return ((b + 1) * rule.shards - 1) / rule.batch;
}
__device__ inline Size first_sample(const DropoutRule& rule, Size shard) {
  return rule.batch * shard / rule.shards;
}

// The scales of a row that a warp holds, with a lane's elements 32 apart. The width divides a group
// or is a multiple of one; each sample has `each` rows.
template <typename T>
class RowDropout {
 public:
  __device__ RowDropout(const DropoutRule& rule, std::uint32_t row, std::uint32_t each, Size width)
      : rule_(rule) {
    if (rule.shards > 1) {
      shard_ = shard_of(rule, row / each);
      row -= static_cast<std::uint32_t>(first_sample(rule, shard_)) * each;
    }
    const Size first = row * width;
    group_ = first / kDropoutGroup;
    place_ = static_cast<int>(first % kDropoutGroup + lane()) / kDropoutLanes;
  }

  // The scale of the lane's k-th element; k ascends from 0.
  __device__ T scale(int k) {
    constexpr int kOfGroup = kDropoutGroup / kWarp;  // a lane's elements
    if (rule_.threshold == 0) return T(1);
    if (k % kOfGroup == 0) bits_ = dropout_bits(rule_, shard_, group_++, lane() % kDropoutLanes);
    const int n = place_ + k % kOfGroup * (kWarp / kDropoutLanes);
    return dropout_scale<T>(rule_, bits_.of(n));
  }

 private:
  const DropoutRule& rule_;
  Size shard_ = 0, group_;
  int place_;  // of the lane's first element in its group, among those of its block of Philox
  DropoutBits bits_{};
};

}  // namespace seqrl::cuda

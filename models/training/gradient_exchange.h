// A gradient exchange sends the gradients of all shards to the rank that adds them up.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/base/thread_pool.h"
#include "models/core/tensor.h"
#include "models/training/communicator.h"

namespace seqrl {

// The number of elements of a sum that one task adds up.
inline constexpr std::int64_t kSummedAtOnce = 1 << 14;

// Elements [first, first + count) of a flat tensor.
Tensor part_of(const Tensor& flat, std::int64_t first, std::int64_t count);

// Each rank owns a slice of the parameters and holds the gradients of a contiguous range of shards,
// in rank order. It receives its slice of every shard that it does not hold. Rank 0, whose shards
// come first in every sum, sends the sum of its own shards instead.
//
// So the terms that a slice's owner adds up, and their order, depend only on the shards.
class GradientExchange {
 public:
  // `bounds` are those of the slices, in elements: ranks + 1 numbers. Keeps a reference to the
  // communicator.
  GradientExchange(Communicator& ranks, std::vector<std::int64_t> bounds, DType dtype);

  // Returns the owned slice of each shard's gradient, in the order of the shards. The slices that
  // another rank receives from rank 0 are already added up in one. `held` are the whole gradients
  // of this rank's shards. On rank 0 all but the first are cleared except for the owned slice. The
  // result may be written to; it is valid until the next call. Each rank holds the number of shards
  // that parts_of_ranks(shards, ranks) assigns to it.
  std::span<const Tensor> run(std::span<const Tensor> held, std::int64_t shards, ThreadPool& pool);

  // Clears the data that run() has sent: all of `held` except the owned slice.
  void clear_sent(std::span<const Tensor> held, ThreadPool& pool);

  std::int64_t first() const { return bounds_[static_cast<std::size_t>(ranks_.rank())]; }

 private:
  Tensor slice(const Tensor& whole, int rank) const;
  std::int64_t size_of_slice(int rank) const;
  std::int64_t messages_from(int rank, std::int64_t shards) const;
  void receive_into_buffers(std::int64_t shards);

  Communicator& ranks_;
  std::vector<std::int64_t> bounds_;
  DType dtype_;
  std::vector<Storage> buffers_;  // one per received slice
  std::vector<Tensor> slices_;
  std::vector<Communicator::Message> sends_, receives_;
};

}  // namespace seqrl

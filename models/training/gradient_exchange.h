// A gradient exchange brings the gradients of all shards to the rank that adds them up.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "configs/base/thread_pool.h"
#include "models/core/tensor.h"
#include "models/training/communicator.h"

namespace seqrl {

// Elements of a sum that one task adds up.
inline constexpr std::int64_t kSummedAtOnce = 1 << 14;

// Elements [first, first + count) of a flat tensor.
Tensor part_of(const Tensor& flat, std::int64_t first, std::int64_t count);

// Each rank owns a slice of the parameters and holds the gradients of some shards, neighbours, in
// rank order. Of every shard that it does not hold it receives the owned slice. Rank 0, whose
// shards come first in every sum, sends the sum of its own instead.
//
// So what a slice's owner adds up, in which order, depends on the shards alone.
class GradientExchange {
 public:
  // `bounds` of the slices, in elements: ranks + 1 numbers. Keeps a reference to the communicator.
  GradientExchange(Communicator& ranks, std::vector<std::int64_t> bounds, DType dtype);

  // The owned slice of each shard's gradient, in the shards' order, rank 0's in one. `held` are the
  // gradients of this rank's shards, whole, of which those behind rank 0's first are cleared but
  // for the owned slice.
  // The result may be written to; it is valid until the next call. All ranks hold as many shards as
  // parts_of_ranks(shards, ranks) gives them.
  std::span<const Tensor> run(std::span<const Tensor> held, std::int64_t shards, ThreadPool& pool);

  // Clears what run() has sent: of `held` all but the owned slice.
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
  std::vector<Storage> buffers_;  // a received slice each
  std::vector<Tensor> slices_;
  std::vector<Communicator::Message> sends_, receives_;
};

}  // namespace seqrl

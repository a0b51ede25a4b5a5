#include "models/training/gradient_exchange.h"

#include <algorithm>
#include <utility>

#include "models/core/alignment.h"
#include "models/ops/optimizer.h"

namespace seqrl {
namespace {

std::span<std::byte> bytes_of(const Tensor& tensor) {
  return {static_cast<std::byte*>(tensor.raw()), tensor.bytes()};
}

}  // namespace

Tensor part_of(const Tensor& flat, std::int64_t first, std::int64_t count) {
  std::byte* data =
      static_cast<std::byte*>(flat.raw()) + static_cast<std::size_t>(first) * size_of(flat.dtype());
  return {data, {count}, flat.dtype(), flat.device()};
}

GradientExchange::GradientExchange(Communicator& ranks, std::vector<std::int64_t> bounds,
                                   DType dtype)
    : ranks_(ranks), bounds_(std::move(bounds)), dtype_(dtype) {
  SEQRL_CHECK(std::ssize(bounds_) == ranks_.ranks() + 1);
}

std::int64_t GradientExchange::size_of_slice(int rank) const {
  const auto i = static_cast<std::size_t>(rank);
  return bounds_[i + 1] - bounds_[i];
}

Tensor GradientExchange::slice(const Tensor& whole, int rank) const {
  return part_of(whole, bounds_[static_cast<std::size_t>(rank)], size_of_slice(rank));
}

// The number of gradients that a rank sends to each other rank.
std::int64_t GradientExchange::messages_from(int rank, std::int64_t shards) const {
  const std::int64_t all = ranks_.ranks(), held = shards * (rank + 1) / all - shards * rank / all;
  return rank == 0 ? std::min<std::int64_t>(held, 1) : held;
}

// Lists the slices received from each rank in slices_, in the order of the shards, with gaps for
// the held ones.
void GradientExchange::receive_into_buffers(std::int64_t shards) {
  std::size_t used = 0;
  for (int from = 0; from < ranks_.ranks(); ++from) {
    if (from == ranks_.rank()) continue;
    for (std::int64_t i = 0; i < messages_from(from, shards); ++i) {
      const std::int64_t size = size_of_slice(ranks_.rank());
      if (used == buffers_.size()) {
        buffers_.emplace_back(static_cast<std::size_t>(size) * size_of(dtype_), Device::cpu,
                              Storage::Fill::none);
      }
      const Tensor buffer(buffers_[used++].data(), {size}, dtype_);
      receives_.push_back({from, bytes_of(buffer)});
      slices_.push_back(buffer);
    }
  }
}

std::span<const Tensor> GradientExchange::run(std::span<const Tensor> held, std::int64_t shards,
                                              ThreadPool& pool) {
  const int me = ranks_.rank(), all = ranks_.ranks();
  const auto sent = static_cast<std::size_t>(messages_from(me, shards));
  if (held.size() > sent) {  // rank 0 adds its shards to the first
    const std::int64_t first = bounds_[1], size = bounds_.back() - first;
    pool.run(static_cast<int>(divide_up(size, kSummedAtOnce)), [&](int piece) {
      const std::int64_t at = piece * kSummedAtOnce, count = std::min(kSummedAtOnce, size - at);
      const Tensor sum = part_of(held[0], first + at, count);
      for (const Tensor& shard : held.subspan(1)) {
        add_and_clear(sum, part_of(shard, first + at, count));
      }
    });
  }
  sends_.clear();
  receives_.clear();
  slices_.clear();
  for (int i = 1; i < all; ++i) {  // each rank begins with a different peer
    const int to = (me + i) % all;
    for (const Tensor& shard : held.first(sent)) sends_.push_back({to, bytes_of(slice(shard, to))});
  }
  receive_into_buffers(shards);
  ranks_.exchange(sends_, receives_);
  std::size_t before = 0;
  for (int rank = 0; rank < me; ++rank) {
    before += static_cast<std::size_t>(messages_from(rank, shards));
  }
  std::vector<Tensor> mine;
  for (const Tensor& shard : held) mine.push_back(slice(shard, me));
  slices_.insert(slices_.begin() + static_cast<std::ptrdiff_t>(before), mine.begin(), mine.end());
  return slices_;
}

void GradientExchange::clear_sent(std::span<const Tensor> held, ThreadPool& pool) {
  const std::size_t sent = ranks_.is_first() ? std::min<std::size_t>(held.size(), 1) : held.size();
  pool.run(static_cast<int>(sent), [&](int i) {
    const Tensor& shard = held[static_cast<std::size_t>(i)];
    const std::int64_t begin = first(), end = begin + size_of_slice(ranks_.rank());
    zero(part_of(shard, 0, begin));
    zero(part_of(shard, end, shard.size() - end));
  });
}

}  // namespace seqrl

#include "models/training/device_exchange.h"

#include <algorithm>

#include "models/core/alignment.h"
#include "models/nn/parameter_block.h"
#include "models/ops/optimizer.h"

namespace seqrl {
namespace {

// Slices begin at multiples of 64 bytes of float32.
std::vector<std::int64_t> slices_of(std::int64_t elements, int ranks) {
  constexpr std::int64_t kUnit = ParameterBlock::kAlignment;
  std::vector<std::int64_t> bounds = parts_of_ranks(divide_up(elements, kUnit), ranks);
  for (std::int64_t& bound : bounds) bound = std::min(bound * kUnit, elements);
  return bounds;
}

std::size_t bytes_of(std::int64_t elements, DType dtype) {
  return static_cast<std::size_t>(elements) * size_of(dtype);
}

}  // namespace

DeviceExchange::DeviceExchange(Communicator& ranks, ThreadPool& pool, std::int64_t elements,
                               DType dtype, Device device)
    : ranks_(ranks),
      pool_(pool),
      bounds_(slices_of(elements, ranks.ranks())),
      dtype_(dtype),
      device_(device),
      slices_(ranks, bounds_, dtype),
      sums_(bytes_of(elements, dtype), device) {}

// Copies the gradients to the host, into held_.
void DeviceExchange::read(std::span<const Tensor> held) {
  while (buffers_.size() < held.size()) {
    buffers_.emplace_back(bytes_of(bounds_.back(), dtype_), device_);
  }
  for (std::size_t i = 0; i < held.size(); ++i) buffers_[i].queue_read(held[i]);
  held_.clear();
  for (std::size_t i = 0; i < held.size(); ++i) {
    held_.emplace_back(buffers_[i].values<std::byte>().data(), held[i].shape(), dtype_);
  }
}

// Adds up the owned slice of every part.
void DeviceExchange::add_up(std::span<const Tensor> slices, const Tensor& sum) {
  pool_.run(static_cast<int>(divide_up(sum.size(), kSummedAtOnce)), [&](int piece) {
    const std::int64_t first = piece * kSummedAtOnce,
                       count = std::min(kSummedAtOnce, sum.size() - first);
    const Tensor here = part_of(sum, first, count);
    copy(part_of(slices[0], first, count), here);
    for (const Tensor& slice : slices.subspan(1)) {
      add_and_clear(here, part_of(slice, first, count));
    }
  });
}

void DeviceExchange::run(std::span<const Tensor> held, std::int64_t parts, const Tensor& sum) {
  read(held);
  const std::span<const Tensor> slices = slices_.run(held_, parts, pool_);
  const Tensor sums(sums_.values<std::byte>().data(), {bounds_.back()}, dtype_);
  const auto rank = static_cast<std::size_t>(ranks_.rank());
  add_up(slices, part_of(sums, bounds_[rank], bounds_[rank + 1] - bounds_[rank]));
  dispatch(dtype_, [&]<typename T>(T) { ranks_.all_gather(sums.span<T>(), bounds_); });
  sums_.queue_write(sum.raw(), sums.bytes());
}

}  // namespace seqrl

#include "models/core/arena.h"

#include <algorithm>
#include <cstdint>

#include "models/core/alignment.h"

namespace seqrl {
namespace {

constexpr std::size_t kSmallestBlock = 1 << 16;
constexpr std::size_t kLargestStep = 1 << 26;     // blocks double up to this
constexpr std::size_t kLarge = kLargestStep / 8;  // gets its own block if the last one is too full

}  // namespace

// If SEQRL_POISON is defined, fills memory with bytes that are NaN in float32 and in float64.
void Arena::poison([[maybe_unused]] std::byte* memory, [[maybe_unused]] std::size_t bytes) const {
#ifdef SEQRL_POISON
  if (device_ != Device::cpu) return;
  std::fill_n(reinterpret_cast<std::uint32_t*>(memory), bytes / sizeof(std::uint32_t), 0x7FF80000u);
#endif
}

Storage Arena::make_block(std::size_t bytes) const {
  return Storage(bytes, device_,
                 device_ == Device::cpu ? Storage::Fill::zero : Storage::Fill::none);
}

void* Arena::allocate(std::size_t bytes) {
  bytes = round_up(std::max<std::size_t>(bytes, 1), kMemoryAlignment);
  if (blocks_.empty() || used_ + bytes > blocks_.back().bytes()) {
    if (bytes >= kLarge) {  // the rest of the last block is left for smaller requests
      used_before_ += bytes;
      std::byte* memory = large_.emplace_back(make_block(bytes)).data();
      poison(memory, bytes);
      return memory;
    }
    const std::size_t size = std::max({bytes, std::min(capacity(), kLargestStep), kSmallestBlock});
    used_before_ += used_;
    used_ = 0;
    blocks_.push_back(make_block(size));
  }
  std::byte* memory = blocks_.back().data() + used_;
  used_ += bytes;
  poison(memory, bytes);
  return memory;
}

void Arena::reset() {
  if (blocks_.size() > 1 || !large_.empty()) {
    const std::size_t total = used();  // enough for the same requests in one block
    blocks_.clear();
    large_.clear();
    blocks_.push_back(make_block(total));
  }
  used_ = used_before_ = 0;
  for (Storage& block : blocks_) poison(block.data(), block.bytes());
}

std::size_t Arena::capacity() const {
  std::size_t total = 0;
  for (const Storage& block : blocks_) total += block.bytes();
  for (const Storage& block : large_) total += block.bytes();
  return total;
}

}  // namespace seqrl

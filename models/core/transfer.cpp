#include "models/core/transfer.h"

#include <algorithm>

#include "configs/base/error.h"
#include "models/core/alignment.h"

namespace seqrl {
namespace {

std::vector<std::size_t> offsets_of(const std::vector<Upload::Part>& parts) {
  std::vector<std::size_t> offsets = {0};
  for (const auto& [shape, dtype] : parts) {
    const std::size_t bytes = static_cast<std::size_t>(shape.size()) * size_of(dtype);
    offsets.push_back(offsets.back() + round_up(bytes, kMemoryAlignment));
  }
  return offsets;
}

}  // namespace

HostBuffer::HostBuffer(std::size_t bytes, Device device)
    : runtime_(runtime_of(device)),
      bytes_(bytes),
      event_(runtime_.make_event()),
      data_(runtime_.allocate_host(std::max<std::size_t>(bytes, 1))) {}

HostBuffer::~HostBuffer() {
  try {
    event_->wait();
  } catch (...) {  // the device is broken: the next request reports it
  }
  runtime_.release_host(data_);
}

void HostBuffer::queue_write(void* to, std::size_t bytes) {
  SEQRL_CHECK(bytes <= bytes_);
  runtime_.queue_write(to, data_, bytes);
  event_->record();
}

void HostBuffer::queue_read(const Tensor& from) {
  SEQRL_CHECK(from.bytes() <= bytes_);
  runtime_.queue_read(data_, from.raw(), from.bytes());
  event_->record();
}

Upload::Upload(const std::vector<Part>& parts, Device device)
    : offsets_(offsets_of(parts)),
      memory_(offsets_.back(), device),
      buffers_{HostBuffer(offsets_.back(), device), HostBuffer(offsets_.back(), device)} {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    tensors_.emplace_back(memory_.data() + offsets_[i], parts[i].shape, parts[i].dtype, device);
  }
}

void Upload::send() {
  buffers_[turn_].queue_write(memory_.data(), memory_.bytes());
  turn_ = 1 - turn_;
}

}  // namespace seqrl

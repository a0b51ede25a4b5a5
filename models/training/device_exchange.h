// A device exchange adds up gradients in the memory of the GPUs of several ranks.
#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "configs/base/thread_pool.h"
#include "models/core/tensor.h"
#include "models/core/transfer.h"
#include "models/training/communicator.h"
#include "models/training/gradient_exchange.h"

namespace seqrl {

// Gradients of all parts of a batch are added up in the parts' order, as GradientExchange has it:
// through memory of the host that devices copy to and from by themselves, and the communicator. A
// rank owns a slice, adds it up on its processors, and gives it to all. Additions are the device's:
// the sum has the bytes that a device has which adds up all parts by itself.
class DeviceExchange {
 public:
  // Of flat gradients of so many elements. Keeps references to the communicator and the pool.
  DeviceExchange(Communicator& ranks, ThreadPool& pool, std::int64_t elements, DType dtype,
                 Device device);

  // `held` are the gradients of this rank's parts, on the device, rank 0's in one; `parts` is the
  // number of all. Waits until they are read, and queues the sum's copy to `sum`, on the device,
  // which may be one of them. All ranks hold as many as parts_of_ranks(parts, ranks) gives them.
  void run(std::span<const Tensor> held, std::int64_t parts, const Tensor& sum);

 private:
  void read(std::span<const Tensor> held);
  void add_up(std::span<const Tensor> slices, const Tensor& sum);

  Communicator& ranks_;
  ThreadPool& pool_;
  std::vector<std::int64_t> bounds_;  // of the slices, in elements
  DType dtype_;
  Device device_;
  GradientExchange slices_;
  std::deque<HostBuffer> buffers_;  // of those held
  std::vector<Tensor> held_;        // what they hold
  HostBuffer sums_;
};

}  // namespace seqrl

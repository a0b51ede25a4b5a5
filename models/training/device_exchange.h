// A device exchange adds up gradients that are in the GPU memory of several ranks.
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

// Adds up the gradients of all parts of a batch in the order of the parts, as GradientExchange
// does. Gradients go through host memory, which devices copy to and from by themselves, and through
// the communicator. A rank owns a slice, adds it up on its processors, and sends it to all. It adds
// in the device's order: the sum has the same bytes as on one device that adds up all parts.
class DeviceExchange {
 public:
  // For flat gradients of `elements` elements. Keeps references to the communicator and the pool.
  DeviceExchange(Communicator& ranks, ThreadPool& pool, std::int64_t elements, DType dtype,
                 Device device);

  // `held` are the gradients of this rank's parts, on the device; rank 0's are already added up in
  // one. `parts` is the number of parts of all ranks. Waits until `held` is read and queues the
  // copy of the sum to `sum`, on the device, which may be one of `held`. Each rank holds the number
  // of parts that parts_of_ranks(parts, ranks) assigns to it.
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
  std::deque<HostBuffer> buffers_;  // for `held`
  std::vector<Tensor> held_;        // the tensors in buffers_
  HostBuffer sums_;
};

}  // namespace seqrl

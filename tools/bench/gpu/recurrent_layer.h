// One layer of GRU or LSTM on a GPU, by seqrl or another library: the product with the inputs and
// the recurrence, as models/ops/recurrent.h defines it.
#pragma once

#include <cstdint>
#include <vector>

namespace seqrl::tools::bench {

struct RecurrentSizes {
  bool lstm;
  std::int64_t batch, time, dim;  // of the inputs; there are `dim` hidden units

  std::int64_t gates() const { return lstm ? 4 : 3; }
  std::int64_t elements() const { return batch * time * dim; }
  std::int64_t parameters() const { return 2 * gates() * dim * (dim + 1); }
};

// The inputs, in the host's memory.
struct RecurrentInputs {
  std::vector<float> x, dy;       // (batch, time, dim), dy the gradient of the outputs
  std::vector<float> parameters;  // (gates·dim, dim) and (gates·dim) of the inputs, then of h
};

// The outputs.
struct RecurrentOutputs {
  std::vector<float> y, dx, dparameters;
};

// forward() and forward_and_backward() queue work on the device and do not wait for it.
class RecurrentLayer {
 public:
  virtual ~RecurrentLayer() = default;
  virtual void forward() = 0;                    // y alone
  virtual void forward_and_backward() = 0;       // y, and the gradients of x and of every parameter
  virtual RecurrentOutputs outputs() const = 0;  // of forward_and_backward(), the latest call
};

}  // namespace seqrl::tools::bench

#include "models/ops/position.h"

#include "models/ops/cuda/position.h"

namespace seqrl {

void advance_position(std::int64_t* on_device, std::int64_t tokens) {
  cuda::advance(on_device, tokens);
}

}  // namespace seqrl

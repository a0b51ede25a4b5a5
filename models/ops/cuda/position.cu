#include "models/ops/cuda/position.h"

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

__global__ void add_tokens(Size* position, Size tokens) {
  if (thread_number() == 0) *position += tokens;
}

}  // namespace

void install_position() {
  advance = [](Size* position, Size tokens) { launch(add_tokens, 1, kWarp, 0, position, tokens); };
}

}  // namespace seqrl::cuda

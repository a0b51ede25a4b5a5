// Heap allocations of stepping a backbone.
#pragma once

#include <algorithm>

#include "models/backbones/backbone.h"
#include "models/nn/parameter_block.h"
#include "tests/allocations.h"

namespace seqrl {

// Allocations in ten steps of two sequences, one token each, after three warm-up steps. The tape
// does not record.
inline std::int64_t allocations_of_warm_steps(Backbone& backbone) {
  const ParameterBlock block(backbone, DType::f32, 1);
  State state = backbone.initial_state(2);
  Tape tape;
  std::int64_t before = 0;
  for (int i = 0; i < 13; ++i) {
    if (i == 3) before = allocations();
    tape.begin({});
    const Tensor x = tape.constant({2, 1, backbone.dim()}, DType::f32);
    std::ranges::fill(x.span<float>(), 0.5f);
    backbone.forward(x, &state);
  }
  return allocations() - before;
}

}  // namespace seqrl

#include "models/ops/cpu/peak.h"

#include "models/ops/cpu/vector.h"

namespace seqrl::cpu {

// 12 independent chains hide the latency of an FMA on all current processors.
double multiply_add(std::int64_t rounds) {
  constexpr int kChains = 12;
  Vector<float> chains[kChains];
  for (int i = 0; i < kChains; ++i) chains[i] = Vector<float>{} + static_cast<float>(i);
  const Vector<float> factor = Vector<float>{} + 0.999f;
  const Vector<float> term = Vector<float>{} + 0.001f;
  for (std::int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int i = 0; i < kChains; ++i) chains[i] = chains[i] * factor + term;
  }
  [[maybe_unused]] volatile float sink = 0;  // keeps the computation from being optimised away
  for (const auto& chain : chains) sink = chain[0];
  return 2.0 * kChains * kLanes<float> * static_cast<double>(rounds);
}

}  // namespace seqrl::cpu

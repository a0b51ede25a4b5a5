#include "agents/learner.h"

#include <cmath>

namespace seqrl {

std::optional<double> not_finite(const ParameterBlock& block) {
  for (float weight : block.flat().span<float>()) {
    if (!std::isfinite(weight)) return weight;
  }
  return std::nullopt;
}

}  // namespace seqrl

#include "agents/learning/learner.h"

#include <cmath>
#include <span>

namespace seqrl {

std::optional<double> not_finite(const ParameterBlock& block) {
  const Storage values = block.values();
  const std::size_t count = values.bytes() / sizeof(float);
  for (float weight : std::span(reinterpret_cast<const float*>(values.data()), count)) {
    if (!std::isfinite(weight)) return weight;
  }
  return std::nullopt;
}

}  // namespace seqrl

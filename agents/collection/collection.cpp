#include "agents/collection/collection.h"

#include <algorithm>

namespace seqrl {
namespace {

std::string in_groups(std::string name) {
  std::ranges::replace(name, '.', '/');
  return name;
}

}  // namespace

void Collection::add_policy(const BehaviorPolicy& behavior, bool deterministic) {
  const bool first = texts.empty();
  const std::string suffix = first ? "" : "_2";
  texts.emplace_back("algorithm" + suffix, behavior.algorithm());
  texts.emplace_back("policy_name" + suffix,
                     behavior.name() + (deterministic ? ", without noise" : ""));
  for (const auto& [name, parameter, offset] : behavior.parameters()) {
    const auto values = parameter->value().span<float>();
    Weights entry{"policy" + suffix + "/" + in_groups(name), {}, {values.begin(), values.end()}};
    for (int axis = 0; axis < parameter->shape().rank(); ++axis) {
      entry.shape.push_back(parameter->shape()[axis]);
    }
    weights.push_back(std::move(entry));
  }
}

}  // namespace seqrl

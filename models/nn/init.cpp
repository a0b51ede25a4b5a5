#include "models/nn/init.h"

#include <algorithm>
#include <cmath>

namespace seqrl::init {

Init constant(double value) {
  return [value](Random&, std::span<double> values) { std::ranges::fill(values, value); };
}

Init zeros() {
  return constant(0);
}
Init ones() {
  return constant(1);
}

Init normal(double std) {
  return [std](Random& random, std::span<double> values) {
    for (double& value : values) value = std * random.normal();
  };
}

Init uniform(double low, double high) {
  return [low, high](Random& random, std::span<double> values) {
    for (double& value : values) value = random.uniform(low, high);
  };
}

Init fan_in_uniform(std::int64_t fan_in) {
  const double bound = 1.0 / std::sqrt(static_cast<double>(std::max<std::int64_t>(1, fan_in)));
  return uniform(-bound, bound);
}

}  // namespace seqrl::init

#include "envs/space.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seqrl {

bool Space::contains(std::span<const double> x) const {
  if (x.size() != low.size()) return false;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!(x[i] >= low[i] && x[i] <= high[i])) return false;  // false for NaN too
    if (is_discrete() && x[i] != std::round(x[i])) return false;
  }
  return true;
}

Space Space::unbounded(int dim) {
  const double infinity = std::numeric_limits<double>::infinity();
  return box(dim, -infinity, infinity);
}

Space Space::box(int dim, double low, double high) {
  const auto n = static_cast<std::size_t>(dim);
  return {std::vector<double>(n, low), std::vector<double>(n, high)};
}

Space Space::discrete(int choices) {
  return {{0.0}, {static_cast<double>(choices - 1)}, choices};
}

Space bounded(const Space& space) {
  Space closed = space;
  for (std::size_t i = 0; i < closed.low.size(); ++i) {
    const double low = space.low[i], high = space.high[i];
    if (!std::isfinite(low)) closed.low[i] = std::isfinite(high) ? std::min(-1.0, high - 1) : -1;
    if (!std::isfinite(high)) closed.high[i] = std::isfinite(low) ? std::max(1.0, low + 1) : 1;
  }
  return closed;
}

double draw_uniform(const Space& space, std::size_t i, Random& random) {
  if (!space.is_discrete()) return random.uniform(space.low[i], space.high[i]);
  return static_cast<double>(random.below(static_cast<std::uint64_t>(space.choices)));
}

}  // namespace seqrl

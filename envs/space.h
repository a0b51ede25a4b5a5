// A space is the box of vectors that an environment shows or accepts.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace seqrl {

// A box [low, high] in R^dim; unbounded sides are ±infinity.
struct Space {
  std::vector<double> low, high;  // (dim)

  int dim() const { return static_cast<int>(low.size()); }
  bool contains(std::span<const double> x) const;  // x (dim), bounds included

  static Space unbounded(int dim);
  static Space box(int dim, double low, double high);
};

// The space with its open sides closed, to draw from: at ±1, or 1 beyond the other side where that
// is farther.
Space bounded(const Space& space);

}  // namespace seqrl

// A space is the box of vectors that an environment returns or accepts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "configs/base/random.h"

namespace seqrl {

// A box [low, high] in R^dim; unbounded sides are ±infinity. Or a discrete choice: one number, the
// index 0 … choices − 1.
struct Space {
  std::vector<double> low, high;  // (dim)
  int choices = 0;                // 0: a box

  int dim() const { return static_cast<int>(low.size()); }
  bool is_discrete() const { return choices > 0; }
  bool contains(std::span<const double> x) const;  // x (dim), bounds included

  static Space unbounded(int dim);
  static Space box(int dim, double low, double high);
  static Space discrete(int choices);  // at least 1
};

// The space with its open sides closed, for sampling: at ±1, or 1 beyond the other side if that is
// farther.
Space bounded(const Space& space);

// Draws dimension i of a bounded space uniformly: an index if it is a choice.
double draw_uniform(const Space& space, std::size_t i, Random& random);

}  // namespace seqrl

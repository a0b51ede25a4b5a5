// Sums computed bit for bit as in numpy, for Gymnasium's rewards.
#pragma once

#include <cmath>
#include <span>

#include "configs/base/error.h"

namespace seqrl {

// f(0) + … + f(n − 1) in the order of numpy's pairwise summation: eight partial sums. n is at most
// 128; beyond that numpy splits the sum.  Source: numpy/_core/src/umath/loops_utils.h.src.
template <class Term>
double numpy_sum(int n, Term f) {
  SEQRL_CHECK(n <= 128);
  double sum = 0;
  int i = 0;
  if (n >= 8) {
    double part[8];
    for (; i < 8; ++i) part[i] = f(i);
    for (; i + 8 <= n; i += 8) {
      for (int k = 0; k < 8; ++k) part[k] += f(i + k);
    }
    sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  }
  for (; i < n; ++i) sum += f(i);
  return sum;
}

inline double sum_of_squares(std::span<const double> x) {
  return numpy_sum(static_cast<int>(x.size()), [&](int i) { return x[i] * x[i]; });
}

// |a − b|; a and b (3).
inline double distance(std::span<const double> a, std::span<const double> b) {
  const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
  return std::sqrt(x * x + y * y + z * z);
}

}  // namespace seqrl

// The min cells as in the paper's experiments: in log space, by Heinsen's scan.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace seqrl {

// For one sequence, gates (time, parts · dim) of minGRU (2 parts: k, v) or minLSTM (3 parts: k_f,
// k_i, v) and h0 (dim) > 0:  log h_t = a*_t + logcumsumexp(log h0, log b − a*)_t with a* = cumsum
// log a, every step rounded to T.  Source: Feng et al., arXiv 2410.01201v3, appendix B; Heinsen,
// arXiv 2311.06281.
template <typename T>
std::vector<double> log_space_scan(std::int64_t time, std::int64_t dim, std::int64_t parts,
                                   const std::vector<double>& gates,
                                   const std::vector<double>& h0) {
  const auto softplus = [](T x) { return std::max(x, T(0)) + std::log1p(std::exp(-std::abs(x))); };
  const auto log_g = [&](T v) { return v >= 0 ? std::log(v + T(0.5)) : -softplus(-v); };
  std::vector<double> h(static_cast<std::size_t>(time * dim));
  for (std::int64_t i = 0; i < dim; ++i) {
    T sum_log_a = 0;
    T log_sum = std::log(static_cast<T>(h0[static_cast<std::size_t>(i)]));
    for (std::int64_t t = 0; t < time; ++t) {
      const double* row = gates.data() + t * parts * dim + i;
      const T first = static_cast<T>(row[0]);
      // d = log i − log f for minLSTM; for minGRU the single gate k.
      const T d = parts == 2 ? first : softplus(-first) - softplus(-static_cast<T>(row[dim]));
      const T log_b = -softplus(-d) + log_g(static_cast<T>(row[(parts - 1) * dim]));
      sum_log_a -= softplus(d);
      const T term = log_b - sum_log_a;
      const T larger = std::max(log_sum, term), smaller = std::min(log_sum, term);
      log_sum = larger + std::log1p(std::exp(smaller - larger));
      h[static_cast<std::size_t>(t * dim + i)] = std::exp(sum_log_a + log_sum);
    }
  }
  return h;
}

}  // namespace seqrl

#include "models/ops/cpu/gaussian.h"

#include "models/ops/common/gaussian.h"

namespace seqrl::cpu {

template <typename T>
void squashed_gaussian(std::int64_t rows, std::int64_t dim, const T* parameters, const T* noise,
                       T* action, T* log_probability) {
  for (std::int64_t r = 0; r < rows; ++r, parameters += 2 * dim, noise += dim, action += dim) {
    T sum = 0;
    for (std::int64_t i = 0; i < dim; ++i) {
      const auto drawn = op::squash(parameters[i], parameters[dim + i], noise[i]);
      action[i] = drawn.action;
      sum += drawn.log_probability;
    }
    log_probability[r] = sum;
  }
}

template <typename T>
void squashed_gaussian_backward(std::int64_t rows, std::int64_t dim, const T* parameters,
                                const T* noise, const T* action, const T* d_action,
                                const T* d_log_probability, T* d_parameters) {
  for (std::int64_t number = 0; number < rows * dim; ++number) {
    const std::int64_t r = number / dim, at = r * dim + number;  // of the mean: 2 · dim · r + i
    const auto d = op::squash_backward(parameters[at + dim], noise[number], action[number],
                                       d_action[number], d_log_probability[r]);
    d_parameters[at] += d.mean;
    d_parameters[at + dim] += d.log_std;
  }
}

#define SEQRL_INSTANTIATE(T)                                                                  \
  template void squashed_gaussian<T>(std::int64_t, std::int64_t, const T*, const T*, T*, T*); \
  template void squashed_gaussian_backward<T>(std::int64_t, std::int64_t, const T*, const T*, \
                                              const T*, const T*, const T*, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu

#include "models/ops/cpu/soft_actor_critic.h"

#include <cmath>

#include <algorithm>

namespace seqrl::cpu {

template <typename T>
void soft_target(std::int64_t rows, std::int64_t critics, const T* rewards, const T* terminated,
                 const T* values, const T* log_probability, const double* temperature, T discount,
                 T* target) {
  const auto alpha = static_cast<T>(*temperature);
  for (std::int64_t r = 0; r < rows; ++r, values += critics, target += critics) {
    const T beyond = *std::min_element(values, values + critics) - alpha * log_probability[r];
    std::fill_n(target, critics, rewards[r] + discount * (1 - terminated[r]) * beyond);
  }
}

template <typename T>
void soft_policy_loss(std::int64_t rows, std::int64_t critics, const T* log_probability,
                      const T* values, const double* temperature, double count, T* loss,
                      double* sums) {
  double sum = 0, value = 0, log = 0;
  for (std::int64_t r = 0; r < rows; ++r, values += critics) {
    const auto smallest = static_cast<double>(*std::min_element(values, values + critics));
    sum += *temperature * static_cast<double>(log_probability[r]) - smallest;
    value += smallest;
    log += static_cast<double>(log_probability[r]);
  }
  *loss = static_cast<T>(sum / count);
  sums[0] = value;
  sums[1] = log;
}

template <typename T>
void soft_policy_loss_backward(std::int64_t rows, std::int64_t critics, const T* values,
                               const double* temperature, T count, const T* upstream,
                               T* d_log_probability, T* d_values) {
  const T share = *upstream / count;
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* row = values + r * critics;
    if (d_log_probability) d_log_probability[r] += static_cast<T>(*temperature) * share;
    if (d_values) d_values[std::min_element(row, row + critics) - values] -= share;
  }
}

void soft_temperature(const double* log_temperature, double* temperature) {
  *temperature = std::exp(*log_temperature);
}

#define SEQRL_INSTANTIATE(T)                                                                       \
  template void soft_target<T>(std::int64_t, std::int64_t, const T*, const T*, const T*, const T*, \
                               const double*, T, T*);                                              \
  template void soft_policy_loss<T>(std::int64_t, std::int64_t, const T*, const T*, const double*, \
                                    double, T*, double*);                                          \
  template void soft_policy_loss_backward<T>(std::int64_t, std::int64_t, const T*, const double*,  \
                                             T, const T*, T*, T*);
SEQRL_INSTANTIATE(float)
SEQRL_INSTANTIATE(double)

}  // namespace seqrl::cpu

// CPU kernels of models/ops/soft_actor_critic.h.
#pragma once

#include <cstdint>

namespace seqrl::cpu {

template <typename T>
void soft_target(std::int64_t rows, std::int64_t critics, const T* rewards, const T* terminated,
                 const T* values, const T* log_probability, const double* temperature, T discount,
                 T* target);

template <typename T>
void soft_policy_loss(std::int64_t rows, std::int64_t critics, const T* log_probability,
                      const T* values, const double* temperature, double count, T* loss,
                      double* sums);

// Adds to the existing gradients; null ones are skipped.
template <typename T>
void soft_policy_loss_backward(std::int64_t rows, std::int64_t critics, const T* values,
                               const double* temperature, T count, const T* upstream,
                               T* d_log_probability, T* d_values);

void soft_temperature(const double* log_temperature, double* temperature);

}  // namespace seqrl::cpu

// CUDA kernels of models/ops/soft_actor_critic.h.
#pragma once

#include "models/ops/common/optimizer.h"
#include "models/ops/common/soft_losses.h"
#include "models/ops/cuda/kernel.h"

namespace seqrl::cuda {

using op::StepState;

template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t critics, const T* rewards, const T* terminated,
                   const T* values, const T* log_probability, const double* temperature, T discount,
                   T* target)>
    soft_target;

template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t critics, const T* log_probability,
                   const T* values, const double* temperature, double count, T* loss, double* sums)>
    soft_policy_loss;

// Adds to the existing gradients; null ones are skipped.
template <typename T>
inline Kernel<void(std::int64_t rows, std::int64_t critics, const T* values,
                   const double* temperature, T count, const T* upstream, T* d_log_probability,
                   T* d_values)>
    soft_policy_loss_backward;

// temperature = e^log_temperature
inline Kernel<void(const double* log_temperature, double* temperature)> soft_temperature;

// Stores the losses of a step of `rows` rows as the latest ones and adds them to their sum, given
// the sums of soft_policy_loss, unless the actor's update failed. Stores the gradient of
// log_temperature, entropy − target_entropy.
inline Kernel<void(const StepState* critics, const StepState* actor, std::int64_t rows,
                   const double* sums, const double* temperature, double target_entropy,
                   SoftLosses* latest, SoftLosses* sum, double* gradient)>
    record_soft_step;

}  // namespace seqrl::cuda

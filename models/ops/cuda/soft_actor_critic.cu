#include "models/ops/cuda/soft_actor_critic.h"

#include <cmath>

#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

template <typename T>
__device__ Size smallest(Size critics, const T* values) {
  Size best = 0;
  for (Size j = 1; j < critics; ++j) best = values[j] < values[best] ? j : best;
  return best;
}

template <typename T>
__global__ void target_rows(Size rows, Size critics, const T* rewards, const T* terminated,
                            const T* values, const T* log_probability, const double* temperature,
                            T discount, T* target) {
  const Size r = thread_number();
  if (r >= rows) return;
  const T* row = values + r * critics;
  const T beyond = row[smallest(critics, row)] - static_cast<T>(*temperature) * log_probability[r];
  const T answer = rewards[r] + discount * (T(1) - terminated[r]) * beyond;
  for (Size j = 0; j < critics; ++j) target[r * critics + j] = answer;
}

// Runs in one block.
template <typename T>
__global__ void policy_loss(Size rows, Size critics, const T* log_probability, const T* values,
                            const double* temperature, double count, T* loss, double* sums) {
  auto* shared = shared_memory<double>();
  double value = 0, log = 0;
  for (Size r = threadIdx.x; r < rows; r += blockDim.x) {
    const T* row = values + r * critics;
    value += static_cast<double>(row[smallest(critics, row)]);
    log += static_cast<double>(log_probability[r]);
  }
  value = block_sum(value, shared);
  log = block_sum(log, shared);
  if (threadIdx.x > 0) return;
  *loss = static_cast<T>((*temperature * log - value) / count);
  sums[0] = value;
  sums[1] = log;
}

template <typename T>
__global__ void policy_gradient(Size rows, Size critics, const T* values, const double* temperature,
                                T count, const T* upstream, T* d_log_probability, T* d_values) {
  const Size r = thread_number();
  if (r >= rows) return;
  const T share = *upstream / count;
  if (d_log_probability) d_log_probability[r] += static_cast<T>(*temperature) * share;
  if (d_values) d_values[r * critics + smallest(critics, values + r * critics)] -= share;
}

__global__ void exponential(const double* log_temperature, double* temperature) {
  if (threadIdx.x == 0) *temperature = std::exp(*log_temperature);
}

__global__ void record_losses(const StepState* critics, const StepState* actor, Size rows,
                              const double* sums, const double* temperature, double target_entropy,
                              SoftLosses* latest, SoftLosses* sum, double* gradient) {
  if (threadIdx.x > 0 || actor->failed >= 0) return;
  const auto n = static_cast<double>(rows);
  *latest = {critics->loss, actor->loss, sums[0] / n, -sums[1] / n, *temperature};
  *sum += *latest;
  *gradient = latest->entropy - target_entropy;
}

}  // namespace

void install_soft_actor_critic() {
  const auto install = []<typename T>(T) {
    soft_target<T> = [](Size rows, Size critics, const T* rewards, const T* terminated,
                        const T* values, const T* log_probability, const double* temperature,
                        T discount, T* target) {
      launch(target_rows<T>, blocks_for(rows), kThreads, 0, rows, critics, rewards, terminated,
             values, log_probability, temperature, discount, target);
    };
    soft_policy_loss<T> = [](Size rows, Size critics, const T* log_probability, const T* values,
                             const double* temperature, double count, T* loss, double* sums) {
      launch(policy_loss<T>, 1, kThreads, kThreads / kWarp * sizeof(double), rows, critics,
             log_probability, values, temperature, count, loss, sums);
    };
    soft_policy_loss_backward<T> = [](Size rows, Size critics, const T* values,
                                      const double* temperature, T count, const T* upstream,
                                      T* d_log_probability, T* d_values) {
      launch(policy_gradient<T>, blocks_for(rows), kThreads, 0, rows, critics, values, temperature,
             count, upstream, d_log_probability, d_values);
    };
  };
  SEQRL_INSTALL(install);
  soft_temperature = [](const double* log_temperature, double* temperature) {
    launch(exponential, 1, kWarp, 0, log_temperature, temperature);
  };
  record_soft_step = [](const StepState* critics, const StepState* actor, Size rows,
                        const double* sums, const double* temperature, double target_entropy,
                        SoftLosses* latest, SoftLosses* sum, double* gradient) {
    launch(record_losses, 1, kWarp, 0, critics, actor, rows, sums, temperature, target_entropy,
           latest, sum, gradient);
  };
}

}  // namespace seqrl::cuda

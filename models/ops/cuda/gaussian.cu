#include "models/ops/cuda/gaussian.h"

#include "models/ops/common/gaussian.h"
#include "models/ops/cuda/kernel.cuh"

namespace seqrl::cuda {
namespace {

// A thread draws a whole action, because an action has few numbers.
template <typename T>
__global__ void squash_rows(Size rows, Size dim, const T* parameters, const T* noise, T* action,
                            T* log_probability) {
  const Size r = thread_number();
  if (r >= rows) return;
  const T* mean = parameters + r * 2 * dim;
  T sum = 0;
  for (Size i = 0; i < dim; ++i) {
    const auto drawn = op::squash(mean[i], mean[dim + i], noise[r * dim + i]);
    action[r * dim + i] = drawn.action;
    sum += drawn.log_probability;
  }
  log_probability[r] = sum;
}

template <typename T>
__global__ void squash_gradient(Size rows, Size dim, const T* parameters, const T* noise,
                                const T* action, const T* d_action, const T* d_log_probability,
                                T* d_parameters) {
  const Size number = thread_number();
  if (number >= rows * dim) return;
  const Size r = number / dim, at = r * dim + number;  // of the mean: 2 · dim · r + i
  const auto d = op::squash_backward(parameters[at + dim], noise[number], action[number],
                                     d_action[number], d_log_probability[r]);
  d_parameters[at] += d.mean;
  d_parameters[at + dim] += d.log_std;
}

}  // namespace

void install_gaussian() {
  const auto install = []<typename T>(T) {
    squashed_gaussian<T> = [](Size rows, Size dim, const T* parameters, const T* noise, T* action,
                              T* log_probability) {
      launch(squash_rows<T>, blocks_for(rows), kThreads, 0, rows, dim, parameters, noise, action,
             log_probability);
    };
    squashed_gaussian_backward<T> = [](Size rows, Size dim, const T* parameters, const T* noise,
                                       const T* action, const T* d_action,
                                       const T* d_log_probability, T* d_parameters) {
      launch(squash_gradient<T>, blocks_for(rows * dim), kThreads, 0, rows, dim, parameters, noise,
             action, d_action, d_log_probability, d_parameters);
    };
  };
  SEQRL_INSTALL(install);
}

}  // namespace seqrl::cuda

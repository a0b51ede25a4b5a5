// The losses and statistics of a gradient step of Soft Actor-Critic.
#pragma once

namespace seqrl {

// The values of one step, or their sums over several steps.
struct SoftLosses {
  double critic = 0, actor = 0;
  double value = 0;        // mean of the critics' smaller value for the actor's actions
  double entropy = 0;      // −mean log_probability
  double temperature = 0;  // before the step

  constexpr SoftLosses& operator+=(const SoftLosses& step) {  // also for kernels
    critic += step.critic;
    actor += step.actor;
    value += step.value;
    entropy += step.entropy;
    temperature += step.temperature;
    return *this;
  }
};

}  // namespace seqrl

// Drawing one action at a time from SAC's actor.
#pragma once

#include <span>
#include <vector>

#include "agents/sac/gaussian_actor.h"
#include "configs/base/random.h"
#include "models/core/repeated_pass.h"
#include "models/core/tape.h"

namespace seqrl {

// On the device where the actor's parameters are, of which it takes those of the moment.
class Explorer {
 public:
  // `weights`, in the layout that acting reads, or null. All must outlive this.
  Explorer(const GaussianActor& actor, Device device, const PackedWeights* weights);

  // Writes the action for an observation, (action_dim) numbers, and returns its log probability.
  // Waits for the device.
  double draw(std::span<const double> observation, Random& random, std::span<double> action);

 private:
  void forward();

  const GaussianActor& actor_;
  std::vector<float> given_, drawn_;     // observation and noise; action and log probability
  Storage given_buffer_, drawn_buffer_;  // the same on the device
  Tape tape_;
  RepeatedPass pass_;  // on CUDA
};

}  // namespace seqrl

// An explorer draws one action at a time from SAC's actor.
#pragma once

#include <memory>
#include <span>

#include "agents/sac/gaussian_actor.h"
#include "configs/base/random.h"
#include "models/core/captured_graph.h"
#include "models/core/tape.h"
#include "models/core/transfer.h"

namespace seqrl {

// It works on the device where the actor's parameters are, with their current values.
class Explorer {
 public:
  // `weights` are the actor's in the layout that acting reads on the CPU; null on CUDA. All must
  // outlive this.
  Explorer(const GaussianActor& actor, Device device, const PackedWeights* weights);

  // Writes the action for an observation, (action_dim) numbers in the environment's units and of
  // float32's precision, and returns its log probability, in these units. Waits for the device.
  double draw(std::span<const double> observation, Random& random, std::span<double> action);

 private:
  // What goes to CUDA and comes back.
  struct Transfer {
    Transfer(std::int64_t observation_dim, std::int64_t action_dim);
    Upload given;
    HostBuffer drawn;
    CapturedGraph pass;
  };

  void forward();

  const GaussianActor& actor_;
  Storage memory_;
  Tensor observation_, noise_;  // one row of each
  Tensor drawn_;                // the action, then its log probability
  Tape tape_;
  std::unique_ptr<Transfer> transfer_;  // on CUDA
};

}  // namespace seqrl

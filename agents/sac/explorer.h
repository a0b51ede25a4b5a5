// An explorer samples one action at a time from SAC's actor.
#pragma once

#include <memory>
#include <span>

#include "agents/sac/gaussian_actor.h"
#include "configs/base/random.h"
#include "models/core/captured_graph.h"
#include "models/core/tape.h"
#include "models/core/transfer.h"

namespace seqrl {

// It runs on the device of the actor's parameters, with their current values.
class Explorer {
 public:
  // `weights` are the actor's in the layout for acting on the CPU; null on CUDA. All must outlive
  // this.
  Explorer(const GaussianActor& actor, Device device, const PackedWeights* weights);

  // Writes the action for an observation, (action_dim) numbers in the environment's units with
  // float32 precision, and returns its log density in these units. Waits for the device.
  double draw(std::span<const double> observation, Random& random, std::span<double> action);

 private:
  // The buffers transferred to CUDA and back.
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

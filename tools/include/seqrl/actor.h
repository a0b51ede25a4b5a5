// The public header for acting: seqrl::Actor, a trained agent in your own program.
//
//   seqrl::Actor actor("runs/hopper-min_gru");   // or an exported folder, or "hopper-expert"
//   actor.reset(3600);                           // an episode begins; the target return
//   Eigen::VectorXd observation = robot.read();
//   double reward = 0;
//   while (…) {
//     robot.apply(actor.act(observation, reward));
//     …                                          // the program gets observation and reward
//   }
//
// seqrl::Actor is documented in detail/agents/policies/actor.h. For one environment it takes and
// returns std::span or Eigen vectors, for several std::span, in the environment's units. This
// header needs only the target seqrl::actor, which links neither MuJoCo nor HDF5.
#pragma once

#include <Eigen/Core>

#include "agents/policies/actor.h"
#include "configs/base/error.h"

namespace seqrl {

// As Actor::act(span, double), for a vector (observation_dim) of doubles. The action, a view of
// (action_dim) doubles, is valid until the next call. An expression or a non-contiguous vector is
// copied to a temporary first.
template <typename Derived>
auto Actor::act(const Eigen::MatrixBase<Derived>& observation, double reward) {
  const Eigen::Ref<const Eigen::VectorXd> vector(observation);
  const std::span<const double> seen(vector.data(), static_cast<std::size_t>(vector.size()));
  const std::span<const double> action = act(seen, reward);
  return Eigen::Map<const Eigen::VectorXd>(action.data(), std::ssize(action));
}

}  // namespace seqrl

// The public header for environments: the built-in ones and your own.
//
//   auto env = seqrl::make_env("hopper");
//   Eigen::VectorXd observation = seqrl::reset(*env, seed);
//   seqrl::StepOutcome outcome = seqrl::step(*env, action, observation);
//
// Your own environment derives from seqrl::Env or seqrl::EigenEnv, and is registered by
// register_env(), so that configs can name it. The interfaces are documented in detail/envs/env.h
// and detail/envs/registry.h. Observations and actions are in the environment's own units.
#pragma once

#include <Eigen/Core>

#include "configs/base/error.h"
#include "configs/base/random.h"
#include "configs/schema/plugin.h"
#include "envs/env.h"
#include "envs/registry.h"

namespace seqrl {

using VectorRef = Eigen::Ref<Eigen::VectorXd>;
using ConstVectorRef = Eigen::Ref<const Eigen::VectorXd>;

// Starts an episode, as a pure function of `seed`. Returns the observation
// (observation_space().dim()).
inline Eigen::VectorXd reset(Env& env, std::uint64_t seed) {
  Eigen::VectorXd observation(env.observation_space().dim());
  env.reset(seed, {observation.data(), static_cast<std::size_t>(observation.size())});
  return observation;
}

// Applies `action` (action_space().dim()); writes `observation` (observation_space().dim()). Errors
// are those of Env::step().
inline StepOutcome step(Env& env, const ConstVectorRef& action, VectorRef observation) {
  return env.step({action.data(), static_cast<std::size_t>(action.size())},
                  {observation.data(), static_cast<std::size_t>(observation.size())});
}

// An environment written with Eigen vectors. Env documents what reset and step must do.
class EigenEnv : public Env {
 public:
  void reset(std::uint64_t seed, std::span<double> observation) final {
    reset_vector(seed, mapped(observation));
  }
  StepOutcome step(std::span<const double> action, std::span<double> observation) final {
    return step_vector(Eigen::Map<const Eigen::VectorXd>(action.data(), std::ssize(action)),
                       mapped(observation));
  }

 protected:
  // Writes observation (observation_space().dim()).
  virtual void reset_vector(std::uint64_t seed, VectorRef observation) = 0;
  // `action` (action_space().dim()) is not clipped yet; writes observation.
  virtual StepOutcome step_vector(const ConstVectorRef& action, VectorRef observation) = 0;

 private:
  static Eigen::Map<Eigen::VectorXd> mapped(std::span<double> values) {
    return {values.data(), std::ssize(values)};
  }
};

}  // namespace seqrl

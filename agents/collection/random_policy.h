// A random policy samples uniform actions.
#pragma once

#include <vector>

#include "agents/policies/stochastic_policy.h"
#include "configs/base/random.h"
#include "envs/space.h"

namespace seqrl {

// Its actions are uniform in a bounded space, or among its choices. Those of episode e at timestep
// t are a function of (seed, e, t). The group's episodes are first, first + 1, ….
class RandomPolicy : public StochasticPolicy {
 public:
  // An Error of kind user if the space has a dimension without bounds.
  RandomPolicy(const Space& actions, std::uint64_t seed, std::uint32_t first);

  void begin(std::span<const double> target_returns) override;
  void act(std::span<const double> observations, std::span<const double> rewards,
           std::span<double> actions) override;
  void keep(std::span<const std::int64_t> rows) override;
  std::unique_ptr<Policy> fork(std::span<const std::int64_t> rows) const override;

  std::span<const double> log_probabilities() const override { return log_probabilities_; }

 private:
  Space space_;
  std::uint64_t seed_;
  std::uint32_t first_;
  double log_probability_ = 0;  // the same for every action
  std::vector<double> log_probabilities_;
  std::vector<std::uint32_t> episodes_;
  std::uint64_t timestep_ = 0;
};

}  // namespace seqrl

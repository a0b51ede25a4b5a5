#include "agents/policies/stochastic_policy.h"

#include <algorithm>

#include "agents/collection/random_policy.h"
#include "agents/sac/gaussian_actor.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("a fork samples the same actions as its original and leaves that unchanged") {
  GaussianActor actor({.observation_dim = 2,
                       .action_dim = 3,
                       .observation_mean = {0, 0},
                       .observation_std = {1, 1}},
                      8, 1);
  const ParameterBlock block(actor, DType::f32, 1);
  const PackedWeights weights(block, false);
  for (const bool learned : {false, true}) {
    INFO(learned);
    std::unique_ptr<StochasticPolicy> policy;
    if (learned) {
      policy = actor.make_sampling_policy(weights, 5, 40);
    } else {
      policy = std::make_unique<RandomPolicy>(Space::box(3, -1, 1), 5, 40);
    }
    policy->begin(std::vector<double>(3));
    const std::vector<double> observations = {1, 2, 3, 4, 5, 6}, rewards(3);
    std::vector<double> all(9);
    policy->act(observations, rewards, all);

    const std::vector<std::int64_t> rows = {0, 2};
    const auto fork = policy->fork(rows);
    std::vector<double> forked(6);
    fork->act(std::vector<double>{1, 2, 5, 6}, {rewards.data(), 2}, forked);
    policy->act(observations, rewards, all);
    CHECK(std::equal(forked.begin(), forked.begin() + 3, all.begin()));
    CHECK(std::equal(forked.begin() + 3, forked.end(), all.begin() + 6));
  }
}

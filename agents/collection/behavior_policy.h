// A behavior policy is the policy whose experience is collected.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/policies/checkpoint.h"
#include "agents/policies/policy.h"
#include "envs/space.h"
#include "models/nn/packed_weights.h"

namespace seqrl {

// A policy by name, ready to play any number of episodes on any number of threads.
class BehaviorPolicy {
 public:
  // "random"; the level of a policy that is shipped for `env`, as "medium" or "expert"; or what
  // open_checkpoint() takes: a run, a checkpoint, a shipped policy's whole name. What is none of
  // these is an Error of kind user that says what there is.
  BehaviorPolicy(const std::string& policy, const EnvSection& env,
                 CheckpointChoice choice = CheckpointChoice::usual);

  // For one episode, a function of (seed, episode). An agent that draws actions
  // (Agent::make_sampling_policy) does so, unless it is to be `deterministic`; others act as in
  // `stream` evaluation.
  std::unique_ptr<Policy> make_policy(std::uint64_t seed, std::uint32_t episode,
                                      bool deterministic) const;

  // The target return for begin() of its policies: the given one, else the first of its config,
  // else the environment's usual one; 0 where it uses none. An Error of kind user where it needs
  // one and there is none, and where one is given that it does not use.
  double target(const std::optional<double>& given) const;

  const std::string& name() const { return name_; }
  // "random", "sac", "decision_transformer", …
  std::string algorithm() const;
  // Its parameters by name, empty for "random".
  std::vector<ParameterBlock::Entry> parameters() const;

 private:
  std::string name_, env_;
  Space actions_;
  std::unique_ptr<TrainedAgent> trained_;  // null: random
  std::unique_ptr<PackedWeights> weights_;
};

// The levels that are shipped for an environment: "medium", "expert".
std::vector<std::string> shipped_levels(const std::string& env);

}  // namespace seqrl

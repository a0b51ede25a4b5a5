// The behavior policy is the policy that collects the experience.
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
  // "random"; the level of a policy that is shipped for `env`, such as "medium" or "expert"; or any
  // name that open_checkpoint() accepts: a run, a checkpoint, a shipped policy's full name. Any
  // other name is an Error of kind user that lists the available ones.
  BehaviorPolicy(const std::string& policy, const EnvSection& env,
                 CheckpointChoice choice = CheckpointChoice::usual);

  // For one episode, a function of (seed, episode). An agent that samples actions
  // (Agent::make_sampling_policy) does so, unless `deterministic`; others act as in `stream`
  // evaluation.
  std::unique_ptr<Policy> make_policy(std::uint64_t seed, std::uint32_t episode,
                                      bool deterministic) const;

  // The target return for begin() of its policies: the given one, else the first of its config,
  // else the environment's usual one; 0 if it uses none. An Error of kind user if it needs one and
  // there is none, or if one is given that it does not use.
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

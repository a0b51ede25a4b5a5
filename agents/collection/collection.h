// A collection is recorded experience and its metadata: the input of a dataset writer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "agents/collection/behavior_policy.h"
#include "agents/collection/record.h"
#include "envs/env_config.h"

namespace seqrl {

// The transitions that policies made in an environment, and their origin.
struct Collection {
  EnvConfig env_config;
  std::uint64_t seed = 0;
  int action_choices = 0;  // of the environment; 0: actions are vectors
  Record record = {};
  std::vector<std::pair<std::string, std::string>> texts = {};  // additional metadata by name

  // A policy's weights in the metadata.
  struct Weights {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;
  };
  std::vector<Weights> weights = {};

  // Whether MuJoCo in this process simulated it; otherwise the environment's options identify the
  // simulator.
  bool is_simulated_here() const { return !env_config.env.shared().is_batched(); }

  // Adds the metadata and weights of a policy that acted. The names of a second policy end in "_2".
  void add_policy(const BehaviorPolicy& behavior, bool deterministic);
};

}  // namespace seqrl

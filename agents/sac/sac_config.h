// The options of Soft Actor-Critic.
#pragma once

#include <cstdint>
#include <optional>

#include "agents/config/agent_kind.h"

namespace seqrl {

// It uses these keys of the section `training`: steps (of the environment), shards, threads,
// precision, log_every and checkpoint_every.
struct SacConfig : AgentConfig {
  std::int64_t dim = 256, layers = 2, batch = 256;
  double lr = 3e-4, discount = 0.99, target_rate = 0.005;
  std::int64_t random_steps = 10000, replay = 1000000;
  std::optional<double> temperature, target_entropy;
  void fields(Fields& field);
};

}  // namespace seqrl

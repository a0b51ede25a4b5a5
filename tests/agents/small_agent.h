// An agent small enough for a test, untrained, whose actions differ.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/registry.h"
#include "envs/registry.h"

namespace seqrl {

struct SmallAgent {
  // `kind`: a backbone, or behavior_cloning.
  explicit SmallAgent(const std::string& env, const std::string& kind = "min_gru") {
    RunConfig config;
    config.env.choose(env);
    if (kind == "behavior_cloning") {
      config.agent.choose(kind);
    } else {
      config.backbone.choose(kind);
    }
    config.backbone.shared().dim = 16;
    config.resolve();
    const auto world = make_env(env);
    const auto dim = static_cast<std::size_t>(world->observation_space().dim());
    agent = make_agent(config, {.observation_dim = static_cast<std::int64_t>(dim),
                                .action_dim = world->action_space().dim(),
                                .context = 4,
                                .observation_mean = std::vector<double>(dim, 0.0),
                                .observation_std = std::vector<double>(dim, 1.0)});
    block = std::make_unique<ParameterBlock>(*agent, DType::f32, 7);
    for (float& w : block->flat().span<float>()) w *= 5;
    weights = std::make_unique<PackedWeights>(*block, false);
  }

  std::unique_ptr<Agent> agent;
  std::unique_ptr<ParameterBlock> block;
  std::unique_ptr<PackedWeights> weights;
};

}  // namespace seqrl

// An untrained agent that is small enough for tests and varies its actions.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agents/policies/checkpoint.h"
#include "envs/registry.h"

namespace seqrl {

struct SmallAgent {
  // `kind`: a backbone, or behavior_cloning.
  explicit SmallAgent(const std::string& env, const std::string& kind = "min_gru",
                      Device device = Device::cpu, float scale = 5,
                      std::int64_t max_episode_steps = 1000) {
    RunConfig config;
    config.env.choose(env);
    if (kind == "behavior_cloning") {
      config.agent.choose(kind);
    } else {
      config.backbone.choose(kind);
    }
    config.backbone.shared().dim = 16;
    config.resolve();
    const auto environment = make_env(env);
    const auto dim = static_cast<std::size_t>(environment->observation_space().dim());
    agent = make_agent(config, {.observation_dim = static_cast<std::int64_t>(dim),
                                .action_dim = environment->action_space().dim(),
                                .context = 4,
                                .max_episode_steps = max_episode_steps,
                                .observation_mean = std::vector<double>(dim, 0.0),
                                .observation_std = std::vector<double>(dim, 1.0),
                                .action_low = environment->action_space().low,
                                .action_high = environment->action_space().high,
                                .action_choices = environment->action_space().choices});
    block = std::make_unique<ParameterBlock>(*agent, DType::f32, 7);
    for (float& w : block->flat().span<float>()) w *= scale;
    if (device == Device::cpu) {
      weights = std::make_unique<PackedWeights>(*block, false);
    } else {
      auto moved = std::make_unique<ParameterBlock>(*agent, DType::f32, 7, device);
      moved->copy_values_from(*block);
      block = std::move(moved);
    }
  }

  std::unique_ptr<Agent> agent;
  std::unique_ptr<ParameterBlock> block;
  std::unique_ptr<PackedWeights> weights;  // on the CPU
};

}  // namespace seqrl

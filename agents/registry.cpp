#include "agents/registry.h"

#include <utility>

#include "agents/offline/behavior_cloning.h"
#include "agents/offline/decision_transformer.h"
#include "agents/offline/offline_learner.h"
#include "agents/sac/gaussian_actor.h"
#include "agents/sac/sac_learner.h"
#include "agents/tasks/task_learner.h"
#include "models/backbones/registry.h"
#include "models/backbones/transformer.h"

namespace seqrl {

void register_builtin_agents() {
  register_kind<AgentConfig, DecisionTransformerConfig>("decision_transformer",
                                                        "actions from returns (arXiv 2106.01345)");
  register_kind<AgentConfig, BehaviorCloningConfig>("behavior_cloning",
                                                    "a perceptron that imitates, the baseline");
  register_kind<AgentConfig, SacConfig>("sac", "Soft Actor-Critic, acts itself (arXiv 1812.05905)");
}

std::unique_ptr<Agent> make_agent(const RunConfig& config, AgentSpec spec) {
  if (config.agent.kind() == "behavior_cloning") {
    const auto& options = config.agent.as<BehaviorCloningConfig>();
    return std::make_unique<BehaviorCloning>(
        std::move(spec), BehaviorCloningOptions{.dim = options.dim, .layers = options.layers});
  }
  if (config.agent.kind() == "sac") {
    const auto& options = config.agent.as<SacConfig>();
    return std::make_unique<GaussianActor>(std::move(spec), options.dim, options.layers);
  }
  SEQRL_CHECK(config.agent.kind() == "decision_transformer");
  const auto& options = config.agent.as<DecisionTransformerConfig>();
  BackboneSection backbone = config.backbone;
  if (backbone.kind() == "transformer") {
    // Acting goes on for longer than a training window: attention sees as far as it was trained to.
    auto& window = backbone.as<TransformerConfig>().window;
    if (!window) window = 3 * spec.context;
  }
  return std::make_unique<DecisionTransformer>(
      std::move(spec), DecisionTransformerOptions{.return_scale = options.return_scale},
      [&](Module* parent) { return make_backbone(parent, backbone); });
}

std::unique_ptr<Learner> make_learner(const RunConfig& config, ThreadPool& pool) {
  if (config.trains_task()) return std::make_unique<TaskLearner>(config, pool);
  if (config.agent.kind() == "sac") return std::make_unique<SacLearner>(config, pool);
  return OfflineLearner::load_data(config, pool);
}

}  // namespace seqrl

#include "agents/offline/offline_learner_kind.h"

#include <algorithm>
#include <utility>

#include "agents/offline/behavior_cloning.h"
#include "agents/offline/offline_learner.h"
#include "models/backbones/memory.h"

namespace seqrl {
namespace {

constexpr double kGroup = 64;  // episodes that a thread plays concurrently

// A batch of windows: observations, actions, returns-to-go, timesteps and the mask.
double batch_bytes(const RunSizes& size) {
  return size.shards * size.rows * size.context * kFloatBytes *
         (size.observation + size.action + 3);
}

class DecisionTransformerLearning : public OfflineLearnerKind {
 public:
  RunMemory memory(const RunConfig& config) const override {
    const RunSizes size(config, config.training.batch);
    RunMemory memory;
    estimate(config, size, memory);
    add_results(config, memory);
    return memory;
  }
  MemoryKeys memory_keys() const override {
    return {"backbone.dim, backbone.layers", "training.batch, training.context"};
  }

 private:
  static void estimate(const RunConfig& config, const RunSizes& size, RunMemory& memory) {
    const auto dim = static_cast<double>(config.backbone.shared().dim);
    memory.parameters = (size.observation + 2 * size.action + size.longest) * dim;  // embeddings
    if (!add_backbone(config, size, 3 * size.context, memory)) return;
    memory.activations += batch_bytes(size);
    const double episodes =
        static_cast<double>(config.evaluation.episodes * std::ssize(config.evaluation.targets));
    memory.evaluation = std::min(episodes, kGroup * size.threads) * 3 *
                        std::min(size.context, size.longest) *
                        bytes_per_token(config.backbone, /*training=*/false);
  }
};

class BehaviorCloningLearning : public OfflineLearnerKind {
 public:
  RunMemory memory(const RunConfig& config) const override {
    const RunSizes size(config, config.training.batch);
    const auto& options = config.agent.as<BehaviorCloningConfig>();
    const auto dim = static_cast<double>(options.dim), layers = static_cast<double>(options.layers);
    RunMemory memory;
    memory.parameters = perceptron_parameters(size.observation, dim, layers, size.action);
    memory.weights = weight_bytes(memory.parameters, size.shards);
    const SampleSize sample{.tokens = static_cast<std::int64_t>(size.context)};
    memory.activations = size.rows_at_once(sample) * size.context * kFloatBytes *
                             (size.observation + size.action + layers * dim * kHiddenFloats) +
                         batch_bytes(size);
    add_results(config, memory);
    return memory;
  }
  MemoryKeys memory_keys() const override {
    return {"agent.dim, agent.layers", "training.batch, training.context"};
  }
};

}  // namespace

std::unique_ptr<Learner> OfflineLearnerKind::make(const RunConfig& config, ThreadPool& pool) const {
  return make(config, OfflineLearner::load_data(config), pool);
}

std::unique_ptr<Learner> OfflineLearnerKind::make(const RunConfig& config, Trajectories data,
                                                  ThreadPool& pool) const {
  return std::make_unique<OfflineLearner>(config, std::move(data), pool);
}

void register_offline_learners() {
  add_learner_kind("decision_transformer", std::make_unique<DecisionTransformerLearning>());
  add_learner_kind("behavior_cloning", std::make_unique<BehaviorCloningLearning>());
}

}  // namespace seqrl

#include "agents/offline/toy_clone.h"

#include <algorithm>
#include <utility>

#include "agents/config/run_config.h"
#include "agents/offline/offline_learner_kind.h"
#include "agents/policies/step_graph.h"
#include "models/ops/loss.h"

namespace seqrl {
namespace {

class ToyClonePolicy : public Policy {
 public:
  explicit ToyClonePolicy(const ToyClone& agent) : agent_(agent) {}

  void begin(std::span<const double>) override {}
  void keep(std::span<const std::int64_t>) override {}
  std::unique_ptr<Policy> fork(std::span<const std::int64_t>) const override {
    return std::make_unique<ToyClonePolicy>(agent_);
  }

  void act(std::span<const double> observations, std::span<const double>,
           std::span<double> actions) override {
    const std::int64_t dim = agent_.spec().observation_dim;
    const auto episodes = static_cast<std::int64_t>(observations.size()) / dim;
    tape_.begin({});
    const Tensor input = tape_.constant({episodes, dim}, DType::f32);
    for (std::int64_t e = 0; e < episodes; ++e) {
      agent_.normalization().apply(observations.data() + e * dim, input.data<float>() + e * dim);
    }
    std::ranges::copy(agent_.predict(input).span<float>(), actions.begin());
    agent_.action_scale().to_environment(actions);
  }

 private:
  const ToyClone& agent_;
  Tape tape_;
};

class ToyCloneLearning : public OfflineLearnerKind {
 public:
  RunMemory memory(const RunConfig& config) const override {
    const RunSizes size(config, config.training.batch);
    RunMemory memory;
    memory.parameters = (size.observation + 1) * size.action;
    memory.weights = weight_bytes(memory.parameters, size.shards);
    add_results(config, memory);
    return memory;
  }
  MemoryKeys memory_keys() const override { return {"agent", "training.batch, training.context"}; }
};

}  // namespace

ToyClone::ToyClone(AgentSpec spec)
    : OfflineAgent(std::move(spec)),
      head_(this, "action_head", this->spec().observation_dim, this->spec().action_dim,
            Activation::tanh, init::fan_in_uniform(this->spec().observation_dim)) {}

Tensor ToyClone::loss(const Windows& windows, const MeanCount& timesteps) const {
  return masked_mean_squared_error(predict(windows.observations), windows.actions, windows.mask,
                                   timesteps);
}

std::unique_ptr<Policy> ToyClone::make_policy(ActMode, const PackedWeights&) const {
  return std::make_unique<ToyClonePolicy>(*this);
}

bool ToyClone::write_step(StepGraph& graph) const {
  graph.action(graph.linear(graph.observation(StepGraph::Scale::normalized), head_));
  return true;
}

void register_toy_clone() {
  register_agent<ToyCloneConfig>(
      "toy_clone", "a toy",
      {.make = [](const RunConfig&, const AgentSpec& spec) -> std::unique_ptr<Agent> {
        return std::make_unique<ToyClone>(spec);
      }});
  add_learner_kind("toy_clone", std::make_unique<ToyCloneLearning>());
}

}  // namespace seqrl

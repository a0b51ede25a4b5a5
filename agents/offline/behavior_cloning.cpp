#include "agents/offline/behavior_cloning.h"

#include <algorithm>
#include <span>
#include <utility>

#include "agents/config/run_config.h"
#include "agents/policies/decoding_policy.h"
#include "agents/policies/device_policy.h"
#include "agents/policies/step_graph.h"
#include "models/ops/elementwise.h"
#include "models/ops/loss.h"

namespace seqrl {
namespace {

class BehaviorCloningPolicy : public DecodingPolicy {
 public:
  BehaviorCloningPolicy(const BehaviorCloning& agent, const PackedWeights& weights)
      : DecodingPolicy(agent.action_scale()), agent_(agent), weights_(weights) {}

  void begin(std::span<const double> targets) override { decoder().begin(std::ssize(targets)); }
  void keep(std::span<const std::int64_t> rows) override { decoder().keep(rows); }
  std::unique_ptr<Policy> fork(std::span<const std::int64_t> rows) const override {
    auto part = std::make_unique<BehaviorCloningPolicy>(agent_, weights_);
    part->decode_as(*this, rows);
    return part;
  }

  void act(std::span<const double> observations, std::span<const double>,
           std::span<double> actions) override {
    const std::int64_t dim = agent_.spec().observation_dim;
    const auto episodes = static_cast<std::int64_t>(observations.size()) / dim;
    tape_.begin({});
    tape_.set_packed_weights(&weights_);
    const Tensor input = tape_.constant({episodes, dim}, DType::f32);
    for (std::int64_t e = 0; e < episodes; ++e) {
      agent_.normalization().apply(observations.data() + e * dim, input.data<float>() + e * dim);
    }
    decoder().decode(agent_.predict(input).span<float>(), actions);
  }

 private:
  const BehaviorCloning& agent_;
  const PackedWeights& weights_;
  Tape tape_;
};

class DeviceBehaviorCloningPolicy : public DevicePolicy {
 public:
  DeviceBehaviorCloningPolicy(const BehaviorCloning& agent, Device device,
                              std::span<const double> target_returns)
      : DevicePolicy(agent, device, target_returns), agent_(agent) {}

 protected:
  Tensor predict(Tape& tape, std::int64_t, const Upload& sent, const Tensor&) override {
    return agent_.predict(tape.constant_at(sent.on_device(kObservations)));
  }
  bool same_work_each_step(std::int64_t) const override { return true; }

 private:
  const BehaviorCloning& agent_;
};

}  // namespace

void BehaviorCloningConfig::fields(Fields& field) {
  AgentConfig::fields(field);
  field("dim", dim, "width of the hidden layers", in_range(1, kWidestLayer));
  field("layers", layers, "hidden layers", in_range(1, kMostLayers));
}

BehaviorCloning::BehaviorCloning(AgentSpec spec, const BehaviorCloningConfig& config)
    : OfflineAgent(std::move(spec)) {
  std::int64_t in = this->spec().observation_dim;
  for (std::int64_t i = 0; i < config.layers; ++i) {
    layers_.push_back(std::make_unique<Linear>(this, "layers." + std::to_string(i), in, config.dim,
                                               Activation::relu, init::fan_in_uniform(in)));
    in = config.dim;
  }
  layers_.push_back(std::make_unique<Linear>(this, "action_head", in, this->spec().action_width(),
                                             action_activation(), init::fan_in_uniform(in)));
}

Tensor BehaviorCloning::hidden(const Tensor& observations) const {
  Tensor x = observations;
  for (const auto& layer : std::span(layers_).first(layers_.size() - 1)) {
    x = dropout((*layer)(x), spec().dropout);
  }
  return x;
}

Tensor BehaviorCloning::predict(const Tensor& observations) const {
  return (*layers_.back())(hidden(observations));
}

Tensor BehaviorCloning::loss(const Windows& windows, const MeanCount& timesteps) const {
  return action_loss(*layers_.back(), hidden(windows.observations), windows, timesteps);
}

Tensor BehaviorCloning::predict_actions(const Windows& windows) const {
  return predict(windows.observations);
}

std::unique_ptr<Policy> BehaviorCloning::make_policy(ActMode, const PackedWeights& weights) const {
  return std::make_unique<BehaviorCloningPolicy>(*this, weights);
}

std::unique_ptr<StochasticPolicy> BehaviorCloning::make_sampling_policy(
    const PackedWeights& weights, std::uint64_t seed, std::uint32_t first) const {
  if (spec().action_choices == 0) return nullptr;
  auto policy = std::make_unique<BehaviorCloningPolicy>(*this, weights);
  policy->sample_from(seed, first);
  return policy;
}

std::unique_ptr<DevicePolicy> BehaviorCloning::make_device_policy(
    Device device, ActMode, std::span<const double> target_returns) const {
  return std::make_unique<DeviceBehaviorCloningPolicy>(*this, device, target_returns);
}

bool BehaviorCloning::write_step(StepGraph& graph) const {
  StepGraph::Value x = graph.observation(StepGraph::Scale::normalized);
  for (const auto& layer : layers_) x = graph.linear(x, *layer);
  graph.action(x);
  return true;
}

void register_behavior_cloning() {
  register_agent<BehaviorCloningConfig>(
      "behavior_cloning", "a perceptron that imitates the data; the baseline",
      {.chooses = true,
       .description = "Behaviour cloning: a perceptron that imitates the actions of its data.",
       .loss = kImitationLoss,
       .make = [](const RunConfig& config, const AgentSpec& spec) -> std::unique_ptr<Agent> {
         return std::make_unique<BehaviorCloning>(spec, config.agent.as<BehaviorCloningConfig>());
       }});
}

}  // namespace seqrl

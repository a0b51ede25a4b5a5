#include "tools/export/onnx_policy.h"

#include <array>

#include "agents/offline/behavior_cloning.h"
#include "agents/offline/decision_transformer.h"
#include "agents/sac/gaussian_actor.h"
#include "tools/export/onnx_layers.h"

namespace seqrl::tools {
namespace {

using Value = OnnxGraph::Value;

Value observed(OnnxGraph& graph, const AgentSpec& spec, bool normalize) {
  const Value given = graph.input("observation", OnnxType::f64, {spec.observation_dim});
  if (!normalize) return graph.cast(given, OnnxType::f32);
  std::vector<double> scale;
  for (double std : spec.observation_std) scale.push_back(1 / (std + Normalization::kEpsilon));
  const std::vector<std::int64_t> dims = {spec.observation_dim};
  const Value centered = graph.subtract(
      given, graph.constant("observation.mean", dims, std::span(spec.observation_mean)));
  return graph.cast(graph.multiply(centered, graph.constant("observation.scale", dims,
                                                            std::span<const double>(scale))),
                    OnnxType::f32);
}

// What maps actions between the environment's box and [−1, 1]; nothing where the box is ±1.
struct OnnxActionScale {
  OnnxActionScale(OnnxGraph& graph_, const AgentSpec& spec) : graph(graph_) {
    for (std::size_t i = 0; i < spec.action_low.size(); ++i) {
      const double low = spec.action_low[i], high = spec.action_high[i];
      lowest.push_back(static_cast<float>(low));
      highest.push_back(static_cast<float>(high));
      center.push_back(static_cast<float>((low + high) / 2));
      half.push_back(static_cast<float>((high - low) / 2));
      inverse.push_back(high > low ? static_cast<float>(2 / (high - low)) : 0.0f);
      scales = scales || low != -1 || high != 1;
    }
  }
  Value to_agent(const Value& action) {
    if (!scales) return action;
    return graph.multiply(graph.subtract(action, numbers("action.center", center)),
                          numbers("action.inverse", inverse));
  }
  Value to_environment(const Value& action) {
    if (!scales) return action;
    const Value scaled = graph.add(graph.multiply(action, numbers("action.half", half)),
                                   numbers("action.center", center));
    return graph.node("Max", {graph.node("Min", {scaled, numbers("action.high", highest)}),
                              numbers("action.low", lowest)});
  }
  Value numbers(const std::string& name, const std::vector<float>& values) {
    return graph.constant(name, {static_cast<std::int64_t>(values.size())},
                          std::span<const float>(values));
  }

  OnnxGraph& graph;
  std::vector<float> lowest, highest, center, half, inverse;
  bool scales = false;
};

// The tanh of what the network gives, as an action of the environment.
void write_action(OnnxGraph& graph, const AgentSpec& spec, const Value& given) {
  const Value action = OnnxActionScale(graph, spec).to_environment(graph.node("Tanh", {given}));
  graph.output("action", action, OnnxType::f32, {spec.action_dim});
}

void write_behavior_cloning(OnnxGraph& graph, OnnxLayers& layers, const AgentSpec& spec) {
  Value x = observed(graph, spec, true);
  for (int i = 0; layers.has("layers." + std::to_string(i) + ".weight"); ++i) {
    x = graph.node("Relu", {layers.linear(x, "layers." + std::to_string(i))});
  }
  write_action(graph, spec, layers.linear(x, "action_head"));
}

// The tanh of the mean, which comes before the deviations.
void write_actor(OnnxGraph& graph, OnnxLayers& layers, const AgentSpec& spec) {
  Value x = observed(graph, spec, false);
  for (int i = 0;; ++i) {
    x = layers.linear(x, "actor." + std::to_string(i));
    if (!layers.has("actor." + std::to_string(i + 1) + ".weight")) break;
    x = graph.node("Relu", {x});
  }
  const Value mean = graph.split_last(x, {spec.action_dim, spec.action_dim})[0];
  write_action(graph, spec, mean);
}

class DecisionTransformerStep {
 public:
  DecisionTransformerStep(OnnxGraph& graph, OnnxLayers& layers, const TrainedAgent& trained)
      : graph_(graph),
        layers_(layers),
        spec_(trained.agent->spec()),
        return_scale_(trained.config.agent.as<DecisionTransformerConfig>().return_scale),
        backbone_(graph, layers, trained.config) {}

  // The action before, unless this is the first timestep; the return-to-go; the observation.
  void write() {
    const Value seen = observed(graph_, spec_, true);
    const Value target = graph_.input("return_to_go", OnnxType::f64, {1});
    const Value action = graph_.input("previous_action", OnnxType::f32, {spec_.action_dim});
    const Value timestep = graph_.input("timestep", OnnxType::i64, {});
    OnnxGraph::Values state;
    for (const OnnxBackbone::Memory& memory : backbone_.memory()) {
      state.push_back(graph_.input(memory.name, OnnxType::f32, memory.dims));
    }

    const Value first = graph_.node("Equal", {timestep, integer(0)});
    const Value before = graph_.node("Max", {graph_.subtract(timestep, integer(1)), integer(0)});
    const Value scaled_action = OnnxActionScale(graph_, spec_).to_agent(action);
    backbone_.step(token("embed_action", scaled_action, before), state, false);
    begin_where(first, state);
    const Value scaled = graph_.cast(
        graph_.node("Div", {target, graph_.constant("return_scale", {}, {&return_scale_, 1})}),
        OnnxType::f32);
    backbone_.step(token("embed_return", scaled, timestep), state, false);
    const auto output = backbone_.step(token("embed_observation", seen, timestep), state, true);

    write_action(graph_, spec_, layers_.linear(*output, "action_head"));
    for (std::size_t i = 0; i < state.size(); ++i) {
      const OnnxBackbone::Memory& memory = backbone_.memory()[i];
      graph_.output("next." + memory.name, state[i], OnnxType::f32, memory.dims);
    }
  }

 private:
  Value integer(std::int64_t value) {
    return graph_.constant("integer " + std::to_string(value), {},
                           std::span<const std::int64_t>(&value, 1));
  }

  Value token(const std::string& embedding, const Value& x, const Value& timestep) {
    const Value time = graph_.node("Gather", {layers_.weight("embed_timestep"), timestep});
    return layers_.layer_norm(graph_.add(layers_.linear(x, embedding), time), "embed_norm");
  }

  // Rows at their first timestep begin with the initial state, as if nothing had been before.
  void begin_where(const Value& first, OnnxGraph::Values& state) {
    const std::array by_rank = {first, graph_.unsqueeze(first, 1),
                                graph_.node("Unsqueeze", {first, graph_.numbers({1, 2})})};
    for (std::size_t i = 0; i < state.size(); ++i) {
      const OnnxBackbone::Memory& memory = backbone_.memory()[i];
      const Value initial =
          memory.initial.empty() ? graph_.number(0) : layers_.weight(memory.initial);
      state[i] = graph_.node("Where", {by_rank.at(memory.dims.size()), initial, state[i]});
    }
  }

  OnnxGraph& graph_;
  OnnxLayers& layers_;
  const AgentSpec& spec_;
  double return_scale_;
  OnnxBackbone backbone_;
};

}  // namespace

std::optional<std::string> to_onnx(const TrainedAgent& trained) {
  OnnxGraph graph;
  OnnxLayers layers(graph, *trained.parameters);
  const AgentSpec& spec = trained.agent->spec();
  const Agent* agent = trained.agent.get();
  if (dynamic_cast<const BehaviorCloning*>(agent)) {
    write_behavior_cloning(graph, layers, spec);
  } else if (dynamic_cast<const GaussianActor*>(agent)) {
    write_actor(graph, layers, spec);
  } else if (dynamic_cast<const DecisionTransformer*>(agent) &&
             OnnxBackbone::knows(trained.config.backbone.kind())) {
    DecisionTransformerStep(graph, layers, trained).write();
  } else {
    return std::nullopt;
  }
  return graph.model(learner_name(trained.config),
                     {{"env", title_of(trained.config.env)},
                      {"agent", trained.config.agent.kind()},
                      {"max_episode_steps", std::to_string(spec.max_episode_steps)}});
}

}  // namespace seqrl::tools

#include "tools/export/onnx_policy.h"

#include <array>

#include "tools/export/onnx_layers.h"

namespace seqrl {
namespace {

using Value = OnnxGraph::Value;

Value observed(OnnxGraph& graph, const Problem& problem, bool normalize) {
  const Value given = graph.input("observation", OnnxType::f64, {problem.observation_dim});
  if (!normalize) return graph.cast(given, OnnxType::f32);
  std::vector<double> scale;
  for (double std : problem.observation_std) scale.push_back(1 / (std + Normalization::kEpsilon));
  const std::vector<std::int64_t> dims = {problem.observation_dim};
  const Value centered = graph.subtract(
      given, graph.constant("observation.mean", dims, std::span(problem.observation_mean)));
  return graph.cast(graph.multiply(centered, graph.constant("observation.scale", dims,
                                                            std::span<const double>(scale))),
                    OnnxType::f32);
}

void write_behavior_cloning(OnnxGraph& graph, OnnxLayers& layers, const Problem& problem) {
  Value x = observed(graph, problem, true);
  for (int i = 0; layers.has("layers." + std::to_string(i) + ".weight"); ++i) {
    x = graph.node("Relu", {layers.linear(x, "layers." + std::to_string(i))});
  }
  const Value action = graph.node("Tanh", {layers.linear(x, "action_head")});
  graph.output("action", action, OnnxType::f32, {problem.action_dim});
}

// The tanh of the mean, which comes before the deviations.
void write_actor(OnnxGraph& graph, OnnxLayers& layers, const Problem& problem) {
  Value x = observed(graph, problem, false);
  for (int i = 0;; ++i) {
    x = layers.linear(x, "actor." + std::to_string(i));
    if (!layers.has("actor." + std::to_string(i + 1) + ".weight")) break;
    x = graph.node("Relu", {x});
  }
  const Value mean = graph.split_last(x, {problem.action_dim, problem.action_dim})[0];
  graph.output("action", graph.node("Tanh", {mean}), OnnxType::f32, {problem.action_dim});
}

class DecisionTransformerStep {
 public:
  DecisionTransformerStep(OnnxGraph& graph, OnnxLayers& layers, const TrainedAgent& trained)
      : graph_(graph),
        layers_(layers),
        problem_(trained.agent->problem()),
        return_scale_(trained.config.agent.as<DecisionTransformerConfig>().return_scale),
        backbone_(graph, layers, trained.config) {}

  // The action before, unless this is the first timestep; the return-to-go; the observation.
  void write() {
    const Value seen = observed(graph_, problem_, true);
    const Value target = graph_.input("return_to_go", OnnxType::f64, {1});
    const Value action = graph_.input("previous_action", OnnxType::f32, {problem_.action_dim});
    const Value timestep = graph_.input("timestep", OnnxType::i64, {});
    OnnxGraph::Values state;
    for (const OnnxBackbone::Memory& memory : backbone_.memory()) {
      state.push_back(graph_.input(memory.name, OnnxType::f32, memory.dims));
    }

    const Value first = graph_.node("Equal", {timestep, integer(0)});
    const Value before = graph_.node("Max", {graph_.subtract(timestep, integer(1)), integer(0)});
    backbone_.step(token("embed_action", action, before), state, false);
    begin_where(first, state);
    const Value scaled = graph_.cast(
        graph_.node("Div", {target, graph_.constant("return_scale", {}, {&return_scale_, 1})}),
        OnnxType::f32);
    backbone_.step(token("embed_return", scaled, timestep), state, false);
    const auto output = backbone_.step(token("embed_observation", seen, timestep), state, true);

    const Value next = graph_.node("Tanh", {layers_.linear(*output, "action_head")});
    graph_.output("action", next, OnnxType::f32, {problem_.action_dim});
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
  const Problem& problem_;
  double return_scale_;
  OnnxBackbone backbone_;
};

}  // namespace

std::optional<std::string> to_onnx(const TrainedAgent& trained) {
  OnnxGraph graph;
  OnnxLayers layers(graph, *trained.parameters);
  const Problem& problem = trained.agent->problem();
  const std::string& kind = trained.config.agent.kind();
  if (kind == "behavior_cloning") {
    write_behavior_cloning(graph, layers, problem);
  } else if (kind == "sac") {
    write_actor(graph, layers, problem);
  } else if (OnnxBackbone::knows(trained.config.backbone.kind())) {
    DecisionTransformerStep(graph, layers, trained).write();
  } else {
    return std::nullopt;
  }
  return graph.model(learner_name(trained.config),
                     {{"env", title_of(trained.config.env)},
                      {"agent", kind},
                      {"max_episode_steps", std::to_string(problem.max_episode_steps)}});
}

}  // namespace seqrl

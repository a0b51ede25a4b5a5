#include "tools/export/onnx_policy.h"

#include <array>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "agents/policies/step_graph.h"
#include "tools/export/onnx_layers.h"

namespace seqrl::tools {
namespace {

using Value = OnnxGraph::Value;

// The map of actions between the environment's box and [−1, 1]; nothing if the box is ±1.
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

// Descriptions of the inputs besides the observation.
const std::map<std::string, std::string>& texts_of_inputs() {
  static const std::map<std::string, std::string> texts = {
      {"return_to_go", "`return_to_go` (float64, the target minus the rewards so far)"},
      {"previous_action", "`previous_action`"},
      {"timestep", "`timestep` (int64, 0 at the start of an episode)"}};
  return texts;
}

// An agent's step, written into an ONNX graph.
class OnnxStep : public StepGraph {
 public:
  explicit OnnxStep(const TrainedAgent& trained)
      : spec_(trained.agent->spec()),
        layers_(graph_, *trained.parameters),
        scale_(graph_, spec_),
        memory_(OnnxBackbone::make(graph_, layers_, trained.config)) {}

  const OnnxGraph& graph() const { return graph_; }
  const std::vector<std::string>& inputs() const { return inputs_; }
  bool is_complete() const { return complete_; }

  Value observation(Scale scale) override {
    const std::vector<std::int64_t> dims = {spec_.observation_dim};
    const Value given = graph_.input("observation", OnnxType::f64, dims);
    if (scale == Scale::environment) return graph_.cast(given, OnnxType::f32);
    std::vector<double> factor;
    for (double std : spec_.observation_std) factor.push_back(1 / (std + Normalization::kEpsilon));
    const Value centered = graph_.subtract(
        given, graph_.constant("observation.mean", dims, std::span(spec_.observation_mean)));
    const Value factors =
        graph_.constant("observation.scale", dims, std::span<const double>(factor));
    return graph_.cast(graph_.multiply(centered, factors), OnnxType::f32);
  }
  Value return_to_go(double scale) override {
    const Value given = take("return_to_go", OnnxType::f64, {1});
    const Value divisor = graph_.constant("return_scale", {}, std::span<const double>(&scale, 1));
    return graph_.cast(graph_.node("Div", {given, divisor}), OnnxType::f32);
  }
  Value previous_action() override {
    const Value given = take("previous_action", OnnxType::f32, {spec_.action_dim});
    if (spec_.action_choices == 0) return scale_.to_agent(given);
    std::vector<float> indices(static_cast<std::size_t>(spec_.action_choices));
    std::iota(indices.begin(), indices.end(), 0.0f);
    const Value choices =
        graph_.constant("choices", {spec_.action_choices}, std::span<const float>(indices));
    return graph_.cast(graph_.node("Equal", {given, choices}), OnnxType::f32);  // one-hot
  }
  Value timestep() override {
    if (timestep_.empty()) timestep_ = take("timestep", OnnxType::i64, {});
    return timestep_;
  }
  Value timestep_before() override {
    return graph_.node("Max", {graph_.subtract(timestep(), integer(1)), integer(0)});
  }

  Value linear(const Value& x, const Linear& layer) override {
    return activate(layers_.linear(x, layers_.name_of(layer)), layer.activation());
  }
  Value layer_norm(const Value& x, const LayerNorm& layer) override {
    return layers_.layer_norm(x, layers_.name_of(layer));
  }
  Value embedding(const Parameter& table, const Value& index) override {
    return graph_.node("Gather", {layers_.weight(layers_.name_of(table)), index});
  }
  Value add(const Value& a, const Value& b) override { return graph_.add(a, b); }
  Value tanh(const Value& x) override { return graph_.node("Tanh", {x}); }
  Value first(const Value& x, std::int64_t count) override {
    return graph_.node("Slice",
                       {x, graph_.numbers({0}), graph_.numbers({count}), graph_.numbers({1})});
  }

  bool has_backbone() const override { return memory_.has_value(); }
  Value backbone(const Value& token) override { return *memory_->step(token, state(), true); }
  void advance_backbone(const Value& token) override { memory_->step(token, state(), false); }
  void restart_backbone() override {
    const Value begins = graph_.node("Equal", {timestep(), integer(0)});
    const std::array by_rank = {begins, graph_.unsqueeze(begins, 1),
                                graph_.node("Unsqueeze", {begins, graph_.numbers({1, 2})})};
    OnnxGraph::Values& now = state();
    for (std::size_t i = 0; i < now.size(); ++i) {
      const OnnxBackbone::Memory& memory = memory_->memory()[i];
      const Value initial =
          memory.initial.empty() ? graph_.number(0) : layers_.weight(memory.initial);
      now[i] = graph_.node("Where", {by_rank.at(memory.dims.size()), initial, now[i]});
    }
  }

  void action(const Value& x) override {
    SEQRL_CHECK(!std::exchange(complete_, true));
    if (spec_.action_choices > 0) {
      const Value likeliest = graph_.node("ArgMax", {x}, {.integers = {{"axis", 1}}});
      graph_.output("action", graph_.cast(likeliest, OnnxType::f32), OnnxType::f32, {1});
      graph_.output("logits", x, OnnxType::f32, {spec_.action_choices});
    } else {
      graph_.output("action", scale_.to_environment(x), OnnxType::f32, {spec_.action_dim});
    }
    for (std::size_t i = 0; i < state_.size(); ++i) {
      const OnnxBackbone::Memory& memory = memory_->memory()[i];
      graph_.output("next." + memory.name, state_[i], OnnxType::f32, memory.dims);
    }
  }

 private:
  Value take(const std::string& name, OnnxType type, const std::vector<std::int64_t>& dims) {
    inputs_.push_back(texts_of_inputs().at(name));
    return graph_.input(name, type, dims);
  }
  Value integer(std::int64_t value) {
    return graph_.constant("integer " + std::to_string(value), {},
                           std::span<const std::int64_t>(&value, 1));
  }
  Value activate(const Value& x, Activation activation) {
    switch (activation) {
      case Activation::none:
        return x;
      case Activation::relu:
        return graph_.node("Relu", {x});
      case Activation::tanh:
        return tanh(x);
      case Activation::gelu:
        return layers_.gelu(x);
      case Activation::silu:
        return layers_.silu(x);
      case Activation::sigmoid:
        return graph_.node("Sigmoid", {x});
    }
    return x;
  }
  // The backbone's state; after its first use it is an input of the step.
  OnnxGraph::Values& state() {
    if (!state_.empty() || memory_->memory().empty()) return state_;
    for (const OnnxBackbone::Memory& memory : memory_->memory()) {
      state_.push_back(graph_.input(memory.name, OnnxType::f32, memory.dims));
    }
    inputs_.emplace_back("the `state.…`, which are the `next.state.…` of the previous step");
    return state_;
  }

  const AgentSpec& spec_;
  OnnxGraph graph_;
  OnnxLayers layers_;
  OnnxActionScale scale_;
  std::optional<OnnxBackbone> memory_;
  OnnxGraph::Values state_;
  Value timestep_;
  std::vector<std::string> inputs_;
  bool complete_ = false;
};

}  // namespace

std::optional<OnnxPolicy> to_onnx(const TrainedAgent& trained) {
  OnnxStep step(trained);
  if (!trained.agent->write_step(step)) return std::nullopt;
  SEQRL_CHECK(step.is_complete());
  const AgentSpec& spec = trained.agent->spec();
  return OnnxPolicy{
      step.graph().model(learner_name(trained.config),
                         {{"env", title_of(trained.config.env)},
                          {"agent", trained.config.agent.kind()},
                          {"max_episode_steps", std::to_string(spec.max_episode_steps)}}),
      step.inputs()};
}

}  // namespace seqrl::tools

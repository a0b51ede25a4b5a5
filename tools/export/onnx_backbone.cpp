#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "configs/base/error.h"
#include "models/backbones/min_gru.h"
#include "models/backbones/min_lstm.h"
#include "models/backbones/transformer.h"
#include "tools/export/onnx_layers.h"

namespace seqrl::tools {
namespace {

// The module in a block that mixes tokens, by the backbone's kind.
constexpr std::array<std::pair<const char*, const char*>, 6> kMixers = {
    {{"min_gru", "cell"},
     {"min_lstm", "cell"},
     {"gru", "gru"},
     {"lstm", "lstm"},
     {"mamba", "mixer"},
     {"transformer", "attention"}}};

std::string block(std::int64_t layer) {
  return fmt::format("backbone.blocks.{}", layer);
}

}  // namespace

std::optional<OnnxBackbone> OnnxBackbone::make(OnnxGraph& graph, OnnxLayers& layers,
                                               const RunConfig& config) {
  const std::string& kind = config.backbone.kind();
  const bool known =
      std::ranges::any_of(kMixers, [&](const auto& mixer) { return mixer.first == kind; });
  if (!known || !agent_kind(config).reads_sequences) return std::nullopt;
  if (kind == "transformer" && config.backbone.as<TransformerConfig>().window == 0) {
    return std::nullopt;
  }
  return OnnxBackbone(graph, layers, config);
}

OnnxBackbone::OnnxBackbone(OnnxGraph& graph, OnnxLayers& layers, const RunConfig& config)
    : graph_(graph),
      layers_(layers),
      kind_(config.backbone.kind()),
      count_(config.backbone.shared().layers) {
  if (kind_ == "min_gru") positive_ = config.backbone.as<MinGruConfig>().state == "positive";
  if (kind_ == "min_lstm") positive_ = config.backbone.as<MinLstmConfig>().state == "positive";
  if (kind_ == "transformer") {
    const auto& attention = config.backbone.as<TransformerConfig>();
    // As in a Decision Transformer: three tokens per timestep of its context.
    window_ = attention.window.value_or(3 * config.training.context);
    heads_ = attention.heads;
    rotates_ = attention.positions == "rotary";
  }
  for (std::int64_t i = 0; i < count_; ++i) {
    const std::string name = mixer(i);
    first_.push_back(memory_.size());
    if (kind_ == "transformer") {
      if (window_ == 1) continue;
      const std::int64_t dim = layers_.shape(name + ".out.weight")[1];
      remember(i, "keys", {window_ - 1, dim});
      remember(i, "values", {window_ - 1, dim});
      if (i == 0) remember(i, "seen", {window_ - 1});
    } else if (kind_ == "mamba") {
      const Shape& a = layers_.shape(name + ".a_log");
      remember(i, "h", {a[1], a[0]});
    } else if (kind_.starts_with("min_")) {
      const std::string h0 = name + ".h0";
      remember(i, "h", {layers_.shape(name + ".down.weight")[1]}, layers_.has(h0) ? h0 : "");
    } else {
      const std::int64_t hidden = layers_.shape(name + ".weight")[1];
      remember(i, "h", {hidden});
      if (kind_ == "lstm") remember(i, "c", {hidden});
    }
    const std::string conv = name + ".conv.weight";
    if (layers_.has(conv)) {
      const Shape& shape = layers_.shape(conv);
      if (shape[1] > 1) remember(i, "window", {shape[1] - 1, shape[0]});
    }
  }
}

void OnnxBackbone::remember(std::int64_t layer, const std::string& what,
                            std::vector<std::int64_t> dims, const std::string& initial) {
  memory_.push_back({fmt::format("state.{}.{}", layer, what), std::move(dims), initial});
}

std::string OnnxBackbone::mixer(std::int64_t layer) const {
  const auto found =
      std::ranges::find_if(kMixers, [&](const auto& mixer) { return mixer.first == kind_; });
  return block(layer) + "." + found->second;
}

std::optional<OnnxGraph::Value> OnnxBackbone::step(const Value& x, OnnxGraph::Values& state,
                                                   bool wanted) {
  Value y = x;
  for (std::int64_t i = 0; i < count_; ++i) {
    Value* remembered = state.data() + first_[static_cast<std::size_t>(i)];
    const Value mixed = mix(i, layers_.layer_norm(y, block(i) + ".norm"), remembered);
    if (i + 1 == count_ && !wanted) return std::nullopt;
    y = graph_.add(y, project(i, mixed));
    if (!layers_.has(block(i) + ".mlp.up.weight")) continue;
    y = graph_.add(y,
                   layers_.mlp(layers_.layer_norm(y, block(i) + ".mlp_norm"), block(i) + ".mlp"));
  }
  return layers_.layer_norm(y, "backbone.norm");
}

OnnxGraph::Value OnnxBackbone::mix(std::int64_t layer, const Value& x, Value* state) {
  const std::string name = mixer(layer);
  if (kind_ == "gru") return gru(name, x, state);
  if (kind_ == "lstm") return lstm(name, x, state);
  if (kind_ == "mamba") return mamba(name, x, state);
  if (kind_ == "transformer") return attention(layer, x, state);
  return min_cell(name, x, state);
}

OnnxGraph::Value OnnxBackbone::project(std::int64_t layer, const Value& mixed) {
  const std::string name = mixer(layer);
  if (kind_ == "mamba") return layers_.product(mixed, name + ".out_proj.weight");
  if (kind_ == "transformer") return layers_.linear(mixed, name + ".out");
  return layers_.linear(mixed, name + ".down");
}

// bias + Σ_j weight[:, j] ⊙ token j of the window, which then advances (models/ops/conv.h).
OnnxGraph::Value OnnxBackbone::conv(const std::string& name, const Value& x, Value* window) {
  const std::string weight = name + ".weight";
  const std::int64_t dim = layers_.shape(weight)[0], kernel = layers_.shape(weight)[1];
  const Value columns = layers_.transposed(weight, layers_.values(weight), dim, kernel);
  Value tokens = graph_.unsqueeze(x, 1);
  if (kernel > 1) {
    tokens = graph_.node("Concat", {*window, tokens}, {.integers = {{"axis", 1}}});
    *window = graph_.node(
        "Slice", {tokens, graph_.numbers({1}), graph_.numbers({kernel}), graph_.numbers({1})});
  }
  const Value sum =
      graph_.node("ReduceSum", {graph_.multiply(tokens, columns), graph_.numbers({1})},
                  {.integers = {{"keepdims", 0}}});
  return graph_.add(sum, layers_.weight(name + ".bias"));
}

// models/ops/scan.h, with f/(f + i) = σ(softplus(−k_i) − softplus(−k_f)), which never overflows.
OnnxGraph::Value OnnxBackbone::min_cell(const std::string& name, const Value& x, Value* state) {
  const bool has_conv = layers_.has(name + ".conv.weight");
  const Value seen = has_conv ? conv(name + ".conv", x, state + 1) : x;
  const Value gates = layers_.linear(seen, name + ".gates");
  const std::int64_t inner = layers_.shape(name + ".down.weight")[1];
  const auto sigmoid = [&](const Value& v) { return graph_.node("Sigmoid", {v}); };
  const auto softplus_of_minus = [&](const Value& v) {
    return graph_.node("Softplus", {graph_.node("Neg", {v})});
  };
  Value keep, write, v;
  if (kind_ == "min_gru") {
    const auto parts = graph_.split_last(gates, {inner, inner});
    write = sigmoid(parts[0]);
    keep = graph_.subtract(graph_.number(1), write);
    v = parts[1];
  } else {
    const auto parts = graph_.split_last(gates, {inner, inner, inner});
    const Value d = graph_.subtract(softplus_of_minus(parts[1]), softplus_of_minus(parts[0]));
    keep = sigmoid(d);
    write = sigmoid(graph_.node("Neg", {d}));
    v = parts[2];
  }
  if (positive_) {
    v = graph_.node("Where", {graph_.node("GreaterOrEqual", {v, graph_.number(0)}),
                              graph_.add(v, graph_.number(0.5f)), sigmoid(v)});
  }
  return state[0] = graph_.add(graph_.multiply(keep, state[0]), graph_.multiply(write, v));
}

// models/ops/recurrent.h
OnnxGraph::Value OnnxBackbone::gru(const std::string& name, const Value& x, Value* state) {
  const std::int64_t n = layers_.shape(name + ".weight")[1];
  const auto in = graph_.split_last(layers_.linear(x, name + ".inputs"), {n, n, n});
  const auto u =
      graph_.split_last(layers_.product(state[0], name + ".weight", name + ".bias"), {n, n, n});
  const Value r = graph_.node("Sigmoid", {graph_.add(in[0], u[0])});
  const Value z = graph_.node("Sigmoid", {graph_.add(in[1], u[1])});
  const Value c = graph_.node("Tanh", {graph_.add(in[2], graph_.multiply(r, u[2]))});
  return state[0] = graph_.add(c, graph_.multiply(z, graph_.subtract(state[0], c)));
}

OnnxGraph::Value OnnxBackbone::lstm(const std::string& name, const Value& x, Value* state) {
  const std::int64_t n = layers_.shape(name + ".weight")[1];
  const Value sum = graph_.add(layers_.linear(x, name + ".inputs"),
                               layers_.product(state[0], name + ".weight", name + ".bias"));
  const auto parts = graph_.split_last(sum, {n, n, n, n});
  const auto sigmoid = [&](std::size_t i) { return graph_.node("Sigmoid", {parts[i]}); };
  const Value written = graph_.multiply(sigmoid(0), graph_.node("Tanh", {parts[2]}));
  state[1] = graph_.add(graph_.multiply(sigmoid(1), state[1]), written);
  return state[0] = graph_.multiply(sigmoid(3), graph_.node("Tanh", {state[1]}));
}

// models/ops/selective_scan.h; the state is (batch, components, channels).
OnnxGraph::Value OnnxBackbone::mamba(const std::string& name, const Value& x, Value* state) {
  const Shape& a_shape = layers_.shape(name + ".a_log");
  const std::int64_t inner = a_shape[0], components = a_shape[1];
  const std::int64_t rank = layers_.shape(name + ".dt_proj.weight")[1];
  const auto both = graph_.split_last(layers_.product(x, name + ".in_proj.weight"), {inner, inner});
  const Value u = layers_.silu(conv(name + ".conv", both[0], state + 1));
  const auto selection = graph_.split_last(layers_.product(u, name + ".x_proj.weight"),
                                           {rank, components, components});
  const Value delta = graph_.node(
      "Softplus",
      {layers_.product(selection[0], name + ".dt_proj.weight", name + ".dt_proj.bias")});
  std::vector<float> a(layers_.values(name + ".a_log").begin(),
                       layers_.values(name + ".a_log").end());
  for (float& value : a) value = -std::exp(value);
  const Value decay =
      graph_.node("Exp", {graph_.multiply(graph_.unsqueeze(delta, 1),
                                          layers_.transposed(name + ".a", a, inner, components))});
  const Value written = graph_.multiply(graph_.unsqueeze(selection[1], 2),
                                        graph_.unsqueeze(graph_.multiply(delta, u), 1));
  state[0] = graph_.add(graph_.multiply(decay, state[0]), written);
  const Value read = graph_.node(
      "ReduceSum",
      {graph_.multiply(state[0], graph_.unsqueeze(selection[2], 2)), graph_.numbers({1})},
      {.integers = {{"keepdims", 0}}});
  const Value y = graph_.add(read, graph_.multiply(layers_.weight(name + ".d"), u));
  return graph_.multiply(y, layers_.silu(both[1]));
}

}  // namespace seqrl::tools

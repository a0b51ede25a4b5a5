// Attention of one token to the last tokens of its window, with their keys and values as the state.
#include <cmath>

#include "tools/export/onnx_layers.h"

namespace seqrl::tools {

// The tokens (batch, window − 1, dim) followed by a new one (batch, dim); `next` are the tokens
// that the next step begins with.
OnnxGraph::Value OnnxBackbone::with_new(const Value& past, const Value& token, Value* next) {
  const Value all =
      graph_.node("Concat", {past, graph_.unsqueeze(token, 1)}, {.integers = {{"axis", 1}}});
  *next = graph_.slice(all, 1, 1, window_);
  return all;
}

// models/ops/rotary.h: (batch, count, heads, size), with positions from `first` on. The product of
// a query and a key depends only on their distance, so positions are counted within the window, and
// keys are rotated again in each step.
OnnxGraph::Value OnnxBackbone::rotated(const Value& keys, std::int64_t first, std::int64_t count,
                                       std::int64_t size) {
  std::vector<float> cosines, sines;
  for (std::int64_t position = first; position < first + count; ++position) {
    for (std::int64_t i = 0; i < size / 2; ++i) {
      const double turns =
          std::pow(10000.0, -2.0 * static_cast<double>(i) / static_cast<double>(size));
      const double angle = static_cast<double>(position) * turns;
      cosines.push_back(static_cast<float>(std::cos(angle)));
      sines.push_back(static_cast<float>(std::sin(angle)));
    }
  }
  const std::vector<std::int64_t> dims = {count, 1, size / 2};
  const std::string of = std::to_string(first) + " " + std::to_string(count);
  const Value cosine = graph_.constant("cosines " + of, dims, std::span<const float>(cosines));
  const Value sine = graph_.constant("sines " + of, dims, std::span<const float>(sines));
  const auto halves = graph_.split_last(keys, {size / 2, size / 2});
  return graph_.node(
      "Concat",
      {graph_.subtract(graph_.multiply(halves[0], cosine), graph_.multiply(halves[1], sine)),
       graph_.add(graph_.multiply(halves[1], cosine), graph_.multiply(halves[0], sine))},
      {.integers = {{"axis", 3}}});
}

// models/ops/attention.h: softmax over the window of q·k/√size, then the mean of the values with
// these weights.
OnnxGraph::Value OnnxBackbone::attention(std::int64_t layer, const Value& x, Value* state) {
  const std::string name = mixer(layer);
  const std::int64_t dim = layers_.shape(name + ".out.weight")[1], size = dim / heads_;
  const auto qkv = graph_.split_last(layers_.linear(x, name + ".qkv"), {dim, dim, dim});
  const bool alone = window_ == 1;
  Value keys = alone ? graph_.unsqueeze(qkv[1], 1) : with_new(state[0], qkv[1], state);
  Value values = alone ? graph_.unsqueeze(qkv[2], 1) : with_new(state[1], qkv[2], state + 1);
  if (!alone && layer == 0) {
    seen_ = graph_.node("Pad", {state[2], graph_.numbers({0, 0, 0, 1}), graph_.number(1)});
    state[2] = graph_.slice(seen_, 1, 1, window_);
  }
  keys = graph_.reshape(keys, {window_, heads_, size});
  values = graph_.reshape(values, {window_, heads_, size});
  Value query = graph_.reshape(qkv[0], {1, heads_, size});
  if (rotates_) {
    keys = rotated(keys, 0, window_, size);
    query = rotated(query, window_ - 1, 1, size);
  }
  const auto scale = static_cast<float>(1 / std::sqrt(static_cast<double>(size)));
  Value scores = graph_.multiply(graph_.sum(graph_.multiply(keys, query), 3), graph_.number(scale));
  if (!alone) {
    // Tokens of other episodes are masked.
    const Value out =
        graph_.multiply(graph_.subtract(seen_, graph_.number(1)), graph_.number(1e9f));
    scores = graph_.add(scores, graph_.unsqueeze(out, 2));
  }
  const Value weights = graph_.node("Softmax", {scores}, {.integers = {{"axis", 1}}});
  return graph_.reshape(graph_.sum(graph_.multiply(values, graph_.unsqueeze(weights, 3)), 1),
                        {dim});
}

}  // namespace seqrl::tools

// The layers of models/ as nodes of an ONNX graph, for one token at a time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agents/policies/checkpoint.h"
#include "models/nn/layers.h"
#include "tools/export/onnx_graph.h"

namespace seqrl::tools {

// Writes layers with an agent's weights. Values are (batch, dim).
class OnnxLayers {
 public:
  using Value = OnnxGraph::Value;

  OnnxLayers(OnnxGraph& graph, const ParameterBlock& parameters);

  bool has(const std::string& parameter) const { return find(parameter) != nullptr; }
  const Shape& shape(const std::string& parameter) const { return at(parameter).shape(); }
  std::span<const float> values(const std::string& parameter) const {
    return at(parameter).value().span<float>();
  }

  // The name of an agent's parameter or layer: "action_head".
  std::string name_of(const Parameter& parameter) const;
  std::string name_of(const Linear& layer) const;
  std::string name_of(const LayerNorm& layer) const;

  // A parameter as a constant, under its own name.
  Value weight(const std::string& parameter);
  // The transpose of a matrix (rows, columns).
  Value transposed(const std::string& parameter, std::span<const float> matrix, std::int64_t rows,
                   std::int64_t columns);

  // linear() is x·Wᵀ + b of Linear `name`; product() takes the names of the parameters instead (""
  // = no bias).
  Value linear(const Value& x, const std::string& name);
  Value product(const Value& x, const std::string& weight, const std::string& bias = "");
  Value layer_norm(const Value& x, const std::string& name);
  Value mlp(const Value& x, const std::string& name);
  Value gelu(const Value& x);
  Value silu(const Value& x);

 private:
  const Parameter* find(const std::string& name) const;
  const Parameter& at(const std::string& name) const;

  OnnxGraph& graph_;
  const ParameterBlock& parameters_;
};

// A backbone that processes one token per call, with its state as inputs and outputs.
class OnnxBackbone {
 public:
  // The backbone of a config. Nothing for attention without a window, because its memory grows, for
  // a user's own backbone, and for an agent without one. The graph and the layers must outlive it.
  static std::optional<OnnxBackbone> make(OnnxGraph& graph, OnnxLayers& layers,
                                          const RunConfig& config);

  struct Memory {
    std::string name;                // "state.0.h"
    std::vector<std::int64_t> dims;  // without the batch
    std::string initial;             // the parameter with its initial value; "" = zeros
  };
  const std::vector<Memory>& memory() const { return memory_; }

  // x (batch, dim) → the output, if wanted; `state` is ordered as memory(), and advances.
  std::optional<OnnxGraph::Value> step(const OnnxGraph::Value& x, OnnxGraph::Values& state,
                                       bool wanted);

 private:
  OnnxBackbone(OnnxGraph& graph, OnnxLayers& layers, const RunConfig& config);

  using Value = OnnxGraph::Value;
  Value mix(std::int64_t layer, const Value& x, Value* state);
  Value conv(const std::string& name, const Value& x, Value* window);
  Value min_cell(const std::string& name, const Value& x, Value* state);
  Value gru(const std::string& name, const Value& x, Value* state);
  Value lstm(const std::string& name, const Value& x, Value* state);
  Value mamba(const std::string& name, const Value& x, Value* state);
  Value attention(std::int64_t layer, const Value& x, Value* state);
  Value with_new(const Value& past, const Value& token, Value* next);
  Value rotated(const Value& keys, std::int64_t first, std::int64_t count, std::int64_t size);
  Value project(std::int64_t layer, const Value& mixed);
  std::string mixer(std::int64_t layer) const;
  void remember(std::int64_t layer, const std::string& what, std::vector<std::int64_t> dims,
                const std::string& initial = "");

  OnnxGraph& graph_;
  OnnxLayers& layers_;
  std::string kind_;
  std::int64_t count_;       // layers
  bool positive_ = false;    // the candidate of a min cell
  std::int64_t window_ = 0;  // of attention, in tokens
  std::int64_t heads_ = 0;
  bool rotates_ = false;
  Value seen_;                      // 1 for tokens of the window in this token's episode, else 0
  std::vector<Memory> memory_;      // layer by layer
  std::vector<std::size_t> first_;  // of each layer, in memory_
};

}  // namespace seqrl::tools

#include "tools/export/onnx_layers.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "configs/base/error.h"

namespace seqrl::tools {

OnnxLayers::OnnxLayers(OnnxGraph& graph, const ParameterBlock& parameters)
    : graph_(graph), parameters_(parameters) {}

const Parameter* OnnxLayers::find(const std::string& name) const {
  for (const ParameterBlock::Entry& entry : parameters_.entries()) {
    if (entry.name == name) return entry.parameter;
  }
  return nullptr;
}

const Parameter& OnnxLayers::at(const std::string& name) const {
  const Parameter* parameter = find(name);
  SEQRL_CHECK(parameter != nullptr);
  return *parameter;
}

std::string OnnxLayers::name_of(const Parameter& parameter) const {
  const auto& entries = parameters_.entries();
  const auto found = std::ranges::find(entries, &parameter, &ParameterBlock::Entry::parameter);
  SEQRL_CHECK(found != entries.end());  // a layer of another agent
  return found->name;
}

std::string OnnxLayers::name_of(const Linear& layer) const {
  const std::string weight = name_of(layer.weight);
  return weight.substr(0, weight.rfind('.'));
}

std::string OnnxLayers::name_of(const LayerNorm& layer) const {
  const std::string weight = name_of(layer.weight);
  return weight.substr(0, weight.rfind('.'));
}

OnnxLayers::Value OnnxLayers::weight(const std::string& parameter) {
  std::vector<std::int64_t> dims;
  for (int axis = 0; axis < shape(parameter).rank(); ++axis) {
    dims.push_back(shape(parameter)[axis]);
  }
  return graph_.constant(parameter, dims, values(parameter));
}

OnnxLayers::Value OnnxLayers::transposed(const std::string& parameter,
                                         std::span<const float> matrix, std::int64_t rows,
                                         std::int64_t columns) {
  std::vector<float> turned(matrix.size());
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      turned[static_cast<std::size_t>(c * rows + r)] =
          matrix[static_cast<std::size_t>(r * columns + c)];
    }
  }
  return graph_.constant(parameter + " transposed", {columns, rows},
                         std::span<const float>(turned));
}

OnnxLayers::Value OnnxLayers::linear(const Value& x, const std::string& name) {
  return product(x, name + ".weight", name + ".bias");
}

OnnxLayers::Value OnnxLayers::product(const Value& x, const std::string& weight_name,
                                      const std::string& bias) {
  OnnxGraph::Values inputs = {x, weight(weight_name)};
  if (!bias.empty()) inputs.push_back(weight(bias));
  return graph_.node("Gemm", inputs, {.integers = {{"transB", 1}}});
}

OnnxLayers::Value OnnxLayers::layer_norm(const Value& x, const std::string& name) {
  return graph_.node("LayerNormalization", {x, weight(name + ".weight"), weight(name + ".bias")},
                     {.integers = {{"axis", -1}}, .reals = {{"epsilon", 1e-5f}}});
}

OnnxLayers::Value OnnxLayers::mlp(const Value& x, const std::string& name) {
  return linear(gelu(linear(x, name + ".up")), name + ".down");
}

// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))
OnnxLayers::Value OnnxLayers::gelu(const Value& x) {
  const auto scale = static_cast<float>(std::sqrt(2 / std::numbers::pi));
  const Value cubed = graph_.multiply(graph_.multiply(x, x), x);
  const Value inner = graph_.add(x, graph_.multiply(cubed, graph_.number(0.044715f)));
  const Value tanh = graph_.node("Tanh", {graph_.multiply(inner, graph_.number(scale))});
  return graph_.multiply(graph_.multiply(x, graph_.number(0.5f)),
                         graph_.add(tanh, graph_.number(1)));
}

OnnxLayers::Value OnnxLayers::silu(const Value& x) {
  return graph_.multiply(x, graph_.node("Sigmoid", {x}));
}

}  // namespace seqrl::tools

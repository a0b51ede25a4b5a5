#include "tools/export/onnx_graph.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>

namespace seqrl::tools {
namespace {

// Field numbers of onnx.proto.
namespace model_field {
constexpr int ir_version = 1, producer = 2, producer_version = 3, graph = 7, opset = 8,
              metadata = 14;
}
namespace graph_field {
constexpr int node = 1, name = 2, constant = 5, input = 11, output = 12;
}
namespace node_field {
constexpr int input = 1, output = 2, name = 3, op = 4, attribute = 5;
}
namespace attribute_field {
constexpr int name = 1, real = 2, integer = 3, type = 20;
}
namespace tensor_field {
constexpr int dims = 1, type = 2, name = 8, bytes = 9;
}

constexpr std::int64_t kIrVersion = 8, kOpset = 17;
constexpr std::int64_t kRealAttribute = 1, kIntegerAttribute = 2;

static_assert(std::endian::native == std::endian::little, "ONNX stores little-endian numbers");

// ValueInfoProto: a name and a type; the first dimension is the batch.
ProtoMessage described(const std::string& name, OnnxType type,
                       const std::vector<std::int64_t>& dims) {
  ProtoMessage shape;
  shape.add(1, ProtoMessage().add(2, std::string_view("batch")));
  for (std::int64_t dim : dims) shape.add(1, ProtoMessage().add(1, dim));
  ProtoMessage tensor;
  tensor.add(1, static_cast<std::int64_t>(type)).add(2, shape);
  return ProtoMessage().add(1, std::string_view(name)).add(2, ProtoMessage().add(1, tensor));
}

}  // namespace

OnnxGraph::Value OnnxGraph::input(const std::string& name, OnnxType type,
                                  const std::vector<std::int64_t>& dims) {
  graph_.add(graph_field::input, described(name, type, dims));
  return name;
}

void OnnxGraph::output(const std::string& name, const Value& value, OnnxType type,
                       const std::vector<std::int64_t>& dims) {
  ProtoMessage node;
  node.add(node_field::input, std::string_view(value));
  node.add(node_field::output, std::string_view(name));
  node.add(node_field::op, std::string_view("Identity"));
  graph_.add(graph_field::node, node);
  graph_.add(graph_field::output, described(name, type, dims));
}

OnnxGraph::Value OnnxGraph::constant(const std::string& name, OnnxType type,
                                     const std::vector<std::int64_t>& dims,
                                     std::span<const std::byte> bytes) {
  if (!constants_.insert(name).second) return name;
  ProtoMessage tensor;
  for (std::int64_t dim : dims) tensor.add(tensor_field::dims, dim);
  tensor.add(tensor_field::type, static_cast<std::int64_t>(type));
  tensor.add(tensor_field::name, std::string_view(name));
  tensor.add(tensor_field::bytes,
             std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  graph_.add(graph_field::constant, tensor);
  return name;
}

OnnxGraph::Value OnnxGraph::constant(const std::string& name, const std::vector<std::int64_t>& dims,
                                     std::span<const float> values) {
  return constant(name, OnnxType::f32, dims, std::as_bytes(values));
}
OnnxGraph::Value OnnxGraph::constant(const std::string& name, const std::vector<std::int64_t>& dims,
                                     std::span<const double> values) {
  return constant(name, OnnxType::f64, dims, std::as_bytes(values));
}
OnnxGraph::Value OnnxGraph::constant(const std::string& name, const std::vector<std::int64_t>& dims,
                                     std::span<const std::int64_t> values) {
  return constant(name, OnnxType::i64, dims, std::as_bytes(values));
}

OnnxGraph::Value OnnxGraph::number(float value) {
  return constant(fmt::format("number {}", value), {}, std::span<const float>(&value, 1));
}

OnnxGraph::Value OnnxGraph::numbers(const std::vector<std::int64_t>& values) {
  return constant(fmt::format("numbers {}", fmt::join(values, " ")), {std::ssize(values)},
                  std::span<const std::int64_t>(values));
}

OnnxGraph::Values OnnxGraph::nodes(const std::string& op, const Values& inputs, int count,
                                   const OnnxAttributes& attributes) {
  ProtoMessage node;
  for (const Value& input : inputs) node.add(node_field::input, std::string_view(input));
  Values outputs;
  for (int i = 0; i < count; ++i) {
    outputs.push_back(fmt::format("{} {}", op, made_++));
    node.add(node_field::output, std::string_view(outputs.back()));
  }
  node.add(node_field::name, std::string_view(outputs[0]));
  node.add(node_field::op, std::string_view(op));
  for (const auto& [name, value] : attributes.integers) {
    node.add(node_field::attribute, ProtoMessage()
                                        .add(attribute_field::name, std::string_view(name))
                                        .add(attribute_field::integer, value)
                                        .add(attribute_field::type, kIntegerAttribute));
  }
  for (const auto& [name, value] : attributes.reals) {
    node.add(node_field::attribute, ProtoMessage()
                                        .add(attribute_field::name, std::string_view(name))
                                        .add(attribute_field::real, value)
                                        .add(attribute_field::type, kRealAttribute));
  }
  graph_.add(graph_field::node, node);
  return outputs;
}

OnnxGraph::Value OnnxGraph::node(const std::string& op, const Values& inputs,
                                 const OnnxAttributes& attributes) {
  return nodes(op, inputs, 1, attributes)[0];
}

OnnxGraph::Value OnnxGraph::cast(const Value& a, OnnxType type) {
  return node("Cast", {a}, {.integers = {{"to", static_cast<std::int64_t>(type)}}});
}

OnnxGraph::Value OnnxGraph::unsqueeze(const Value& a, std::int64_t axis) {
  return node("Unsqueeze", {a, numbers({axis})});
}

OnnxGraph::Value OnnxGraph::reshape(const Value& a, const std::vector<std::int64_t>& dims) {
  std::vector<std::int64_t> all = {0};  // 0: unchanged
  all.insert(all.end(), dims.begin(), dims.end());
  return node("Reshape", {a, numbers(all)});
}

OnnxGraph::Value OnnxGraph::sum(const Value& a, std::int64_t axis) {
  return node("ReduceSum", {a, numbers({axis})}, {.integers = {{"keepdims", 0}}});
}

OnnxGraph::Value OnnxGraph::slice(const Value& a, std::int64_t axis, std::int64_t begin,
                                  std::int64_t end) {
  return node("Slice", {a, numbers({begin}), numbers({end}), numbers({axis})});
}

OnnxGraph::Values OnnxGraph::split_last(const Value& a, const std::vector<std::int64_t>& sizes) {
  return nodes("Split", {a, numbers(sizes)}, static_cast<int>(sizes.size()),
               {.integers = {{"axis", -1}}});
}

std::string OnnxGraph::model(const std::string& name,
                             const std::map<std::string, std::string>& texts) const {
  ProtoMessage graph = graph_;
  graph.add(graph_field::name, std::string_view(name));
  ProtoMessage model;
  model.add(model_field::ir_version, kIrVersion);
  model.add(model_field::producer, std::string_view("seqrl"));
  model.add(model_field::producer_version, std::string_view(SEQRL_VERSION));
  model.add(model_field::opset, ProtoMessage().add(1, std::string_view("")).add(2, kOpset));
  for (const auto& [key, value] : texts) {
    model.add(model_field::metadata,
              ProtoMessage().add(1, std::string_view(key)).add(2, std::string_view(value)));
  }
  model.add(model_field::graph, graph);
  return model.bytes();
}

}  // namespace seqrl::tools

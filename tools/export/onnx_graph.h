// A computation in the ONNX format (github.com/onnx/onnx, opset 17), written node by node.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "configs/base/protobuf.h"

namespace seqrl::tools {

enum class OnnxType : std::int64_t { f32 = 1, i64 = 7, f64 = 11 };

struct OnnxAttributes {
  std::map<std::string, std::int64_t> integers = {};
  std::map<std::string, float> reals = {};
};

// An ONNX graph under construction. Its functions add nodes and return the names of their values,
// which other nodes take as inputs.
class OnnxGraph {
 public:
  using Value = std::string;
  using Values = std::vector<Value>;

  // The model's inputs and outputs: (batch, dims…).
  Value input(const std::string& name, OnnxType type, const std::vector<std::int64_t>& dims);
  void output(const std::string& name, const Value& value, OnnxType type,
              const std::vector<std::int64_t>& dims);

  // Constants, row-major. A constant with an existing name is not added again.
  Value constant(const std::string& name, const std::vector<std::int64_t>& dims,
                 std::span<const float> values);
  Value constant(const std::string& name, const std::vector<std::int64_t>& dims,
                 std::span<const double> values);
  Value constant(const std::string& name, const std::vector<std::int64_t>& dims,
                 std::span<const std::int64_t> values);
  Value number(float value);                               // a scalar
  Value numbers(const std::vector<std::int64_t>& values);  // one dimension

  // Adds a node and returns its only result.
  Value node(const std::string& op, const Values& inputs, const OnnxAttributes& attributes = {});
  // Adds a node and returns its `count` results.
  Values nodes(const std::string& op, const Values& inputs, int count,
               const OnnxAttributes& attributes = {});

  // Shorthands for common nodes.
  Value add(const Value& a, const Value& b) { return node("Add", {a, b}); }
  Value multiply(const Value& a, const Value& b) { return node("Mul", {a, b}); }
  Value subtract(const Value& a, const Value& b) { return node("Sub", {a, b}); }
  Value cast(const Value& a, OnnxType type);
  Value unsqueeze(const Value& a, std::int64_t axis);
  Value reshape(const Value& a, const std::vector<std::int64_t>& dims);  // after the batch
  Value sum(const Value& a, std::int64_t axis);                          // removes the axis
  Value slice(const Value& a, std::int64_t axis, std::int64_t begin, std::int64_t end);
  // Parts of the last axis, with the given sizes.
  Values split_last(const Value& a, const std::vector<std::int64_t>& sizes);

  // The file: an ONNX model with `texts` as its metadata.
  std::string model(const std::string& name, const std::map<std::string, std::string>& texts) const;

 private:
  Value constant(const std::string& name, OnnxType type, const std::vector<std::int64_t>& dims,
                 std::span<const std::byte> bytes);

  ProtoMessage graph_;
  std::set<std::string> constants_;
  int made_ = 0;
};

}  // namespace seqrl::tools

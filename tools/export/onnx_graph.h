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

// An ONNX graph in the making. Its functions add nodes and return the names of their values, by
// which other nodes take them.
class OnnxGraph {
 public:
  using Value = std::string;
  using Values = std::vector<Value>;

  // What the caller gives and gets: (batch, dims…).
  Value input(const std::string& name, OnnxType type, const std::vector<std::int64_t>& dims);
  void output(const std::string& name, const Value& value, OnnxType type,
              const std::vector<std::int64_t>& dims);

  // Constants, row-major. One of a name that is there already is not added again.
  Value constant(const std::string& name, const std::vector<std::int64_t>& dims,
                 std::span<const float> values);
  Value constant(const std::string& name, const std::vector<std::int64_t>& dims,
                 std::span<const double> values);
  Value constant(const std::string& name, const std::vector<std::int64_t>& dims,
                 std::span<const std::int64_t> values);
  Value number(float value);                               // one of no dimension
  Value numbers(const std::vector<std::int64_t>& values);  // one dimension

  // A node's only result.
  Value node(const std::string& op, const Values& inputs, const OnnxAttributes& attributes = {});
  // Its `count` results.
  Values nodes(const std::string& op, const Values& inputs, int count,
               const OnnxAttributes& attributes = {});

  // Short for the nodes that every network has.
  Value add(const Value& a, const Value& b) { return node("Add", {a, b}); }
  Value multiply(const Value& a, const Value& b) { return node("Mul", {a, b}); }
  Value subtract(const Value& a, const Value& b) { return node("Sub", {a, b}); }
  Value cast(const Value& a, OnnxType type);
  Value unsqueeze(const Value& a, std::int64_t axis);
  Value reshape(const Value& a, const std::vector<std::int64_t>& dims);  // after the batch
  Value sum(const Value& a, std::int64_t axis);                          // the axis goes
  Value slice(const Value& a, std::int64_t axis, std::int64_t begin, std::int64_t end);
  // Parts of the last axis, of those sizes.
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

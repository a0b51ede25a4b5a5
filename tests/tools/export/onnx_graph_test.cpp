#include "tools/export/onnx_graph.h"

#include <fmt/format.h>

#include "tests/catch.h"

using namespace seqrl;
using namespace seqrl::tools;

namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  for (unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

}  // namespace

TEST_CASE("messages are encoded in protobuf's wire format") {
  // The examples of protobuf.dev/programming-guides/encoding.
  CHECK(hex(ProtoMessage().add(1, std::int64_t{150}).bytes()) == "089601");
  CHECK(hex(ProtoMessage().add(2, std::string_view("testing")).bytes()) == "120774657374696e67");
  const ProtoMessage inner = ProtoMessage().add(1, std::int64_t{150});
  CHECK(hex(ProtoMessage().add(3, inner).bytes()) == "1a03089601");
  CHECK(hex(ProtoMessage().add(1, std::int64_t{-2}).bytes()) == "08feffffffffffffffff01");
  CHECK(hex(ProtoMessage().add(4, 1.0f).bytes()) == "250000803f");
  CHECK(hex(ProtoMessage().add(16, std::int64_t{0}).bytes()) == "800100");
}

TEST_CASE("a constant is written once, and every result has its own name") {
  OnnxGraph graph;
  const std::string x = graph.input("x", OnnxType::f32, {2});
  const std::string first = graph.multiply(x, graph.number(0.125f));
  const std::string second = graph.multiply(first, graph.number(0.125f));
  CHECK(first != second);
  graph.output("y", second, OnnxType::f32, {2});
  const std::string model = graph.model("twice", {{"key", "value"}});
  const std::string number("\x00\x00\x00\x3e", 4);  // 0.125, little-endian
  CHECK(model.find(number) != std::string::npos);
  CHECK(model.find(number) == model.rfind(number));
}

#include "configs/base/protobuf.h"

#include <string>

#include "tests/catch.h"

using namespace seqrl;

namespace {

// Bytes that include zeros.
template <std::size_t kSize>
std::string bytes(const char (&text)[kSize]) {
  return {text, kSize - 1};
}

}  // namespace

TEST_CASE("messages match the examples in the encoding's documentation") {
  // protobuf.dev/programming-guides/encoding: Test1, Test2 and Test3.
  const ProtoMessage first = ProtoMessage().add(1, std::int64_t{150});
  CHECK(first.bytes() == bytes("\x08\x96\x01"));
  CHECK(ProtoMessage().add(2, "testing").bytes() == bytes("\x12\x07testing"));
  CHECK(ProtoMessage().add(3, first).bytes() == bytes("\x1a\x03\x08\x96\x01"));
  CHECK(ProtoMessage().add(1, std::int64_t{-2}).bytes() ==
        bytes("\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
}

TEST_CASE("floats take 4 bytes and doubles 8, little-endian") {
  CHECK(ProtoMessage().add(1, 1.0f).bytes() == bytes("\x0d\x00\x00\x80\x3f"));
  CHECK(ProtoMessage().add(1, -2.0).bytes() == bytes("\x09\x00\x00\x00\x00\x00\x00\x00\xc0"));
  CHECK(ProtoMessage().add(16, 0.0f).bytes() == bytes("\x85\x01\x00\x00\x00\x00"));
}

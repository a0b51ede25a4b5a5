// Protocol Buffers' wire format, as much of it as writing takes.
// Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

namespace seqrl::tools {

// A message under construction: fields by their number, in any order, repeated ones one by one.
class ProtoMessage {
 public:
  ProtoMessage& add(int field, std::int64_t value) {
    tag(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  ProtoMessage& add(int field, float value) {
    tag(field, 5);
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) bytes_ += static_cast<char>((bits >> shift) & 0xff);
    return *this;
  }
  // A string, or bytes.
  ProtoMessage& add(int field, std::string_view text) {
    tag(field, 2);
    varint(text.size());
    bytes_ += text;
    return *this;
  }
  ProtoMessage& add(int field, const ProtoMessage& message) {
    return add(field, std::string_view(message.bytes_));
  }

  const std::string& bytes() const { return bytes_; }

 private:
  void tag(int field, unsigned type) { varint((static_cast<std::uint64_t>(field) << 3) | type); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace seqrl::tools

// The part of Protocol Buffers' wire format that writing a message needs.
// Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seqrl {

// A message under construction. Fields are added by number, in any order, repeated fields one value
// at a time. add() chooses the wire type by the value: a varint (int64, enum, bool), 32 or 64 bits
// of a floating-point number, or bytes with their length (strings and messages).
class ProtoMessage {
 public:
  ProtoMessage& add(int field, std::int64_t value);
  ProtoMessage& add(int field, float value);
  ProtoMessage& add(int field, double value);
  ProtoMessage& add(int field, std::string_view text);
  ProtoMessage& add(int field, const ProtoMessage& message);

  const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value);
  void fixed(std::uint64_t bits, int size);

  std::string bytes_;
};

}  // namespace seqrl

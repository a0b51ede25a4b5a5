// A message in Protocol Buffers' wire format, as much of it as writing takes.
// Source: protobuf.dev/programming-guides/encoding.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seqrl {

// A message under construction: fields by their number, in any order, repeated ones one by one.
// add() chooses the wire type by the value: a varint (int64, enum, bool), 32 or 64 bits of a
// floating-point number, or bytes with their length (strings and messages).
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

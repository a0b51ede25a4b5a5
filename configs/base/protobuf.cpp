#include "configs/base/protobuf.h"

#include <bit>

namespace seqrl {
namespace {

enum WireType : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

// The key at the start of a field.
std::uint64_t key(int field, WireType type) {
  return static_cast<std::uint64_t>(field) << 3 | type;
}

}  // namespace

ProtoMessage& ProtoMessage::add(int field, std::int64_t value) {
  varint(key(field, kVarint));
  varint(static_cast<std::uint64_t>(value));
  return *this;
}

ProtoMessage& ProtoMessage::add(int field, float value) {
  varint(key(field, kFixed32));
  fixed(std::bit_cast<std::uint32_t>(value), 4);
  return *this;
}

ProtoMessage& ProtoMessage::add(int field, double value) {
  varint(key(field, kFixed64));
  fixed(std::bit_cast<std::uint64_t>(value), 8);
  return *this;
}

ProtoMessage& ProtoMessage::add(int field, std::string_view text) {
  varint(key(field, kBytes));
  varint(text.size());
  bytes_ += text;
  return *this;
}

ProtoMessage& ProtoMessage::add(int field, const ProtoMessage& message) {
  return add(field, std::string_view(message.bytes_));
}

// Seven bits per byte, lowest first; all bytes but the last have their eighth bit set.
void ProtoMessage::varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
  bytes_ += static_cast<char>(value);
}

// Little-endian.
void ProtoMessage::fixed(std::uint64_t bits, int size) {
  for (int i = 0; i < size; ++i) bytes_ += static_cast<char>((bits >> (8 * i)) & 0xff);
}

}  // namespace seqrl

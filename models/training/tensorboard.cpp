#include "models/training/tensorboard.h"

#include <array>
#include <bit>
#include <type_traits>

#include "configs/base/error.h"
#include "configs/base/protobuf.h"

namespace seqrl {
namespace {

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Castagnoli, bits reversed
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[byte] = crc;
  }
  return table;
}();

// Little-endian bytes of a number.
template <typename T>
void append_fixed(std::string& out, T value) {
  static_assert(std::endian::native == std::endian::little && std::is_arithmetic_v<T>);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::uint32_t masked_crc(std::string_view bytes) {
  return std::rotr(crc32c(bytes), 15) + 0xA282EAD8;
}

// Event: wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7.
ProtoMessage event(double wall_time, std::int64_t step) {
  ProtoMessage message;
  message.add(1, wall_time);
  if (step != 0) message.add(2, step);
  return message;
}

constexpr const char* kName = "events.out.tfevents.seqrl";

bool has_other_event_files(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kEventFilePrefix) && name != kName) return true;
  }
  return false;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(byte)) & 0xFF];
  }
  return ~crc;
}

std::string tfrecord(std::string_view payload) {
  std::string record;
  append_fixed(record, static_cast<std::uint64_t>(payload.size()));
  append_fixed(record, masked_crc(record));
  record += payload;
  append_fixed(record, masked_crc(payload));
  return record;
}

std::string version_event(double wall_time) {
  return event(wall_time, 0).add(3, "brain.Event:2").bytes();
}

std::string restart_event(double wall_time, std::int64_t step) {
  constexpr std::int64_t kStart = 1;
  const ProtoMessage session = ProtoMessage().add(1, kStart);  // SessionLog: status = 1
  return event(wall_time, step).add(7, session).bytes();
}

std::string scalars_event(double wall_time, std::int64_t step, std::span<const Metric> metrics) {
  ProtoMessage summary;  // Summary: repeated value = 1; Value: tag = 1, simple_value = 2
  for (const Metric& metric : metrics) {
    summary.add(1, ProtoMessage().add(1, metric.name).add(2, static_cast<float>(metric.value)));
  }
  return event(wall_time, step).add(5, summary).bytes();
}

EventFile::EventFile(const std::filesystem::path& folder, std::int64_t step, std::int64_t bytes)
    : file_(folder / kName, bytes) {
  if (file_.bytes() > 0) return;
  file_.write(tfrecord(version_event(0)));
  if (has_other_event_files(folder)) {
    file_.write(tfrecord(restart_event(static_cast<double>(step), step + 1)));
  }
}

void EventFile::append(std::int64_t step, std::span<const Metric> metrics) {
  SEQRL_CHECK(step >= 0);
  file_.write(tfrecord(scalars_event(static_cast<double>(step), step, metrics)));
}

}  // namespace seqrl

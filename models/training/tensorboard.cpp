#include "models/training/tensorboard.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <type_traits>

#include "configs/base/error.h"

namespace seqrl {
namespace {

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // Castagnoli's, bits reversed
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

// Protobuf's wire format: a field is its number and wire type, then the value.
enum class Wire : std::uint64_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void append_key(std::string& out, std::uint64_t field, Wire wire) {
  append_varint(out, field << 3 | static_cast<std::uint64_t>(wire));
}

void append_bytes(std::string& out, std::uint64_t field, std::string_view bytes) {
  append_key(out, field, Wire::bytes);
  append_varint(out, bytes.size());
  out += bytes;
}

// Event: wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7.
std::string event(double wall_time, std::int64_t step) {
  std::string out;
  append_key(out, 1, Wire::fixed64);
  append_fixed(out, wall_time);
  if (step != 0) {
    append_key(out, 2, Wire::varint);
    append_varint(out, static_cast<std::uint64_t>(step));
  }
  return out;
}

double seconds_since_1970() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

constexpr std::string_view kPrefix = "events.out.tfevents.";

// The time in the name of the newest event file, in seconds since 1970; -1 when there is none.
std::int64_t newest_event_file(const std::filesystem::path& folder) {
  std::int64_t newest = -1;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    std::int64_t seconds = 0;
    std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), seconds);
    newest = std::max(newest, seconds);
  }
  return newest;
}

// Viewers read a folder's files in the order of their names, so a run that is interrupted and
// resumed within a second must not go by the clock alone.
std::filesystem::path event_file_path(const std::filesystem::path& folder, std::int64_t newest) {
  const auto seconds = std::max(static_cast<std::int64_t>(seconds_since_1970()), newest + 1);
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return folder / fmt::format("{}{:010}.{}.{}.0", kPrefix, seconds,
                              host[0] == '\0' ? "localhost" : host.data(), ::getpid());
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
  std::string out = event(wall_time, 0);
  append_bytes(out, 3, "brain.Event:2");
  return out;
}

std::string restart_event(double wall_time, std::int64_t step) {
  std::string session;  // SessionLog: status = 1; START is 1
  append_key(session, 1, Wire::varint);
  append_varint(session, 1);
  std::string out = event(wall_time, step);
  append_bytes(out, 7, session);
  return out;
}

std::string scalars_event(double wall_time, std::int64_t step, std::span<const Metric> metrics) {
  std::string summary;  // Summary: repeated value = 1; Value: tag = 1, simple_value = 2
  for (const Metric& metric : metrics) {
    std::string value;
    append_bytes(value, 1, metric.name);
    append_key(value, 2, Wire::fixed32);
    append_fixed(value, static_cast<float>(metric.value));
    append_bytes(summary, 1, value);
  }
  std::string out = event(wall_time, step);
  append_bytes(out, 5, summary);
  return out;
}

EventFile::EventFile(const std::filesystem::path& folder, std::int64_t step)
    : EventFile(folder, step, newest_event_file(folder)) {}

EventFile::EventFile(const std::filesystem::path& folder, std::int64_t step, std::int64_t newest)
    : file_(event_file_path(folder, newest), OutputFile::Mode::create) {
  const double now = seconds_since_1970();
  file_.write(tfrecord(version_event(now)));
  if (newest >= 0) file_.write(tfrecord(restart_event(now, step + 1)));
}

void EventFile::append(std::int64_t step, std::span<const Metric> metrics) {
  SEQRL_CHECK(step >= 0);
  file_.write(tfrecord(scalars_event(seconds_since_1970(), step, metrics)));
}

}  // namespace seqrl

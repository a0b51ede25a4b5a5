// Scalars as TensorBoard event files: protobuf Event messages (tensorflow/core/util/event.proto),
// each framed as a TFRecord.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "models/training/log_file.h"
#include "models/training/metric.h"

namespace seqrl {

// CRC-32C (Castagnoli, RFC 3720), the checksum of TFRecords.
std::uint32_t crc32c(std::string_view bytes);

// A TFRecord: the length (8 bytes, little-endian) and its masked CRC, the payload and its masked
// CRC.
std::string tfrecord(std::string_view payload);

// The three events a file holds; `wall_time` in seconds since 1970. The first one of every file:
std::string version_event(double wall_time);
// A run that was interrupted goes on at `step`: viewers hide what was logged at it or later before.
std::string restart_event(double wall_time, std::int64_t step);
std::string scalars_event(double wall_time, std::int64_t step, std::span<const Metric> metrics);

// What the names of event files begin with.
constexpr const char* kEventFilePrefix = "events.out.tfevents.";

// The event file of a run, events.out.tfevents.seqrl. So that its bytes say nothing but what the
// run did, the wall time of an event is its step, in seconds since 1970.
class EventFile {
 public:
  // Goes on after the first `bytes` of the file and drops what follows them. Where there are not
  // that many, or 0 are asked for, it begins anew, at `step`; event files of other names, which
  // earlier versions left, are read before it, and what they hold of later steps is hidden.
  EventFile(const std::filesystem::path& folder, std::int64_t step, std::int64_t bytes);

  // Reaches the operating system before it returns. An Error `failure` when the disk is full.
  void append(std::int64_t step, std::span<const Metric> metrics);
  void sync() { file_.sync(); }
  std::int64_t bytes() const { return file_.bytes(); }

 private:
  LogFile file_;
};

}  // namespace seqrl

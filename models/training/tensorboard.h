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

// The three kinds of events in a file; `wall_time` is in seconds since 1970. The first event of
// every file:
std::string version_event(double wall_time);
// An interrupted run continues at `step`: viewers hide earlier events of this step or later ones.
std::string restart_event(double wall_time, std::int64_t step);
std::string scalars_event(double wall_time, std::int64_t step, std::span<const Metric> metrics);

// The prefix of the names of event files.
constexpr const char* kEventFilePrefix = "events.out.tfevents.";

// The event file of a run, events.out.tfevents.seqrl. The wall time of an event is its step, in
// seconds since 1970, so that the bytes depend only on the run's results.
class EventFile {
 public:
  // Continues after the first `bytes` of the file and drops the rest. If the file is shorter, or
  // `bytes` is 0, it starts an empty file at `step`. Viewers read event files with other names,
  // left by earlier versions, before it, and hide their later steps.
  EventFile(const std::filesystem::path& folder, std::int64_t step, std::int64_t bytes);

  // Passes the event to the operating system at once. An Error `failure` when the disk is full.
  void append(std::int64_t step, std::span<const Metric> metrics);
  void sync() { file_.sync(); }
  std::int64_t bytes() const { return file_.bytes(); }

 private:
  LogFile file_;
};

}  // namespace seqrl

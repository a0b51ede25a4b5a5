// Scalars as TensorBoard event files: protobuf Event messages (tensorflow/core/util/event.proto),
// each framed as a TFRecord.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "configs/base/files.h"

namespace seqrl {

struct Metric {
  std::string name;  // "loss", "evaluation/window/3600/score"
  double value = 0;
};

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

// A new event file in `folder`, which sorts, and so is read, after those that are there already.
class EventFile {
 public:
  // `step`: where the run stands. What older files hold of later steps is hidden from viewers.
  EventFile(const std::filesystem::path& folder, std::int64_t step);

  // Reaches the operating system before it returns. An Error `failure` when the disk is full.
  void append(std::int64_t step, std::span<const Metric> metrics);
  void sync() { file_.sync(); }

 private:
  EventFile(const std::filesystem::path& folder, std::int64_t step, std::int64_t newest);
  OutputFile file_;
};

}  // namespace seqrl

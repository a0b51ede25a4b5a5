// A video written by ffmpeg, which is fed one picture after another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "configs/base/process.h"

namespace seqrl::tools {

// A video file in the making: H.264 in an MP4, or a GIF, by the file's extension; of a GIF, which
// knows hundredths of a second only, at most 25 frames a second are kept. The file is whole or not
// there: it appears when finish() returns. Errors of kind failure when ffmpeg is missing or
// refuses.
class VideoFile {
 public:
  // Width and height in pixels, both even, as H.264 wants.
  VideoFile(const std::filesystem::path& path, int width, int height, double frames_per_second);

  void add(std::span<const std::uint8_t> rgb);  // (height, width, 3)
  void finish();

 private:
  [[noreturn]] void fail_with_log();

  std::filesystem::path path_;
  Process ffmpeg_;
};

}  // namespace seqrl::tools

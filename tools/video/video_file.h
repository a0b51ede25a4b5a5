// A video written by ffmpeg, picture by picture.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "configs/base/process.h"

namespace seqrl::tools {

// A video file being written: H.264 in an MP4, or a GIF, by the file's extension. A GIF keeps at
// most 25 frames per second, because its times are in hundredths of a second. The file appears only
// when finish() returns, and is then complete. Errors of kind failure if ffmpeg is missing or
// fails.
class VideoFile {
 public:
  // Width and height in pixels, both even, as H.264 requires.
  VideoFile(const std::filesystem::path& path, int width, int height, double frames_per_second);

  void add(std::span<const std::uint8_t> rgb);  // (height, width, 3)
  void finish();

 private:
  [[noreturn]] void fail_with_log();

  std::filesystem::path path_;
  Process ffmpeg_;
};

}  // namespace seqrl::tools

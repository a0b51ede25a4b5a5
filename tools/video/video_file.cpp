#include "tools/video/video_file.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tools/media.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> arguments(int width, int height, double rate) {
  return {"ffmpeg", "-loglevel", "error", "-y",
          // what comes in
          "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size",
          fmt::format("{}x{}", width, height), "-framerate", fmt::format("{}", rate), "-i", "-",
          // what goes out: plays everywhere, and from its first bytes
          "-an", "-codec:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p",
          "-movflags", "+faststart", "-f", "mp4", "/proc/self/fd/1"};
}

}  // namespace

VideoFile::VideoFile(const fs::path& path, int width, int height, double frames_per_second)
    : path_(path),
      ffmpeg_(arguments(width, height, frames_per_second), {.feed = true, .capture = true},
              "ffmpeg") {}

void VideoFile::add(std::span<const std::uint8_t> rgb) {
  if (!ffmpeg_.write({reinterpret_cast<const char*>(rgb.data()), rgb.size()})) fail_with_log();
}

void VideoFile::finish() {
  const int status = ffmpeg_.wait();
  const std::string video = ffmpeg_.captured();
  if (status != 0 || !is_whole_mp4(video)) fail_with_log();
  write_file_atomically(path_, video);
}

void VideoFile::fail_with_log() {
  const int status = ffmpeg_.wait();
  const std::string said = ffmpeg_.last_error();
  fail("ffmpeg could not write {}: {}", path_.string(),
       said.empty() ? fmt::format("its video is cut short (exit status {})", status) : said);
}

}  // namespace seqrl::tools

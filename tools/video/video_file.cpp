#include "tools/video/video_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "configs/base/error.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

fs::path beside(const fs::path& path, const std::string& ending) {
  return path.string() + ".tmp" + std::to_string(::getpid()) + ending;
}

std::vector<std::string> arguments(const fs::path& output, int width, int height, double rate) {
  return {"ffmpeg", "-loglevel", "error", "-y",
          // what comes in
          "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size",
          fmt::format("{}x{}", width, height), "-framerate", fmt::format("{}", rate), "-i", "-",
          // what goes out: plays everywhere, and from its first bytes
          "-an", "-codec:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p",
          "-movflags", "+faststart", "-f", "mp4", output.string()};
}

}  // namespace

VideoFile::VideoFile(const fs::path& path, int width, int height, double frames_per_second)
    : path_(path),
      video_(beside(path, ".mp4")),
      log_(beside(path, ".log")),
      ffmpeg_(arguments(video_.path(), width, height, frames_per_second),
              {.feed = true, .output = log_.path()}, "ffmpeg") {}

void VideoFile::add(std::span<const std::uint8_t> rgb) {
  if (!ffmpeg_.write({reinterpret_cast<const char*>(rgb.data()), rgb.size()})) fail_with_log();
}

void VideoFile::finish() {
  if (ffmpeg_.wait() != 0) fail_with_log();
  std::error_code error;
  fs::rename(video_.path(), path_, error);
  if (error) fail("cannot write {}: {}", path_.string(), error.message());
}

void VideoFile::fail_with_log() {
  ffmpeg_.wait();
  fail("ffmpeg could not write {}: {}", path_.string(), last_line(log_.path()));
}

}  // namespace seqrl

#include "tools/video/video_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tools/media.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

constexpr double kGifRate = 25;

bool is_gif(const fs::path& path) {
  return path.extension() == ".gif";
}

// Output options for an MP4: plays everywhere, and from its first bytes.
std::vector<std::string> mp4_arguments() {
  return {"-codec:v", "libx264", "-preset",   "veryfast",   "-crf", "23",
          "-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f",   "mp4"};
}

// Output options for a GIF: one palette per picture, so that ffmpeg need not hold all pictures.
std::vector<std::string> gif_arguments(double rate) {
  return {
      "-vf",
      fmt::format("fps={},split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1",
                  std::min(rate, kGifRate)),
      "-f", "gif"};
}

std::vector<std::string> arguments(const fs::path& path, int width, int height, double rate) {
  std::vector<std::string> all = {"ffmpeg", "-loglevel", "error", "-y",
                                  // the input
                                  "-f", "rawvideo", "-pixel_format", "rgb24", "-video_size",
                                  fmt::format("{}x{}", width, height), "-framerate",
                                  fmt::format("{}", rate), "-i", "-", "-an"};
  std::ranges::copy(is_gif(path) ? gif_arguments(rate) : mp4_arguments(), std::back_inserter(all));
  all.emplace_back("/proc/self/fd/1");
  return all;
}

}  // namespace

VideoFile::VideoFile(const fs::path& path, int width, int height, double frames_per_second)
    : path_(path),
      ffmpeg_(arguments(path, width, height, frames_per_second), {.feed = true, .capture = true},
              "ffmpeg") {}

void VideoFile::add(std::span<const std::uint8_t> rgb) {
  if (!ffmpeg_.write({reinterpret_cast<const char*>(rgb.data()), rgb.size()})) fail_with_log();
}

void VideoFile::finish() {
  const int status = ffmpeg_.wait();
  const std::string video = ffmpeg_.captured();
  const bool whole = is_gif(path_) ? is_whole_gif(video) : is_whole_mp4(video);
  if (status != 0 || !whole) fail_with_log();
  write_file_atomically(path_, video);
}

void VideoFile::fail_with_log() {
  const int status = ffmpeg_.wait();
  const std::string said = ffmpeg_.last_error();
  fail("ffmpeg failed to write {}: {}", path_.string(),
       said.empty() ? fmt::format("its output is incomplete (exit status {})", status) : said);
}

}  // namespace seqrl::tools

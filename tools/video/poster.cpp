#include "tools/video/poster.h"

#include "configs/base/error.h"
#include "configs/base/process.h"
#include "tools/media.h"

namespace seqrl::tools {

std::string poster_of(const std::filesystem::path& video) {
  Process ffmpeg({"ffmpeg", "-loglevel", "error", "-y", "-i", "file:" + video.string(), "-vf",
                  "thumbnail=n=90", "-frames:v", "1", "-codec:v", "mjpeg", "-q:v", "4", "-f",
                  "mjpeg", "/proc/self/fd/1"},
                 {.capture = true}, "ffmpeg");
  const int status = ffmpeg.wait();
  std::string picture = ffmpeg.captured();
  if (status == 0 && is_whole_jpeg(picture)) return picture;
  fail("{}: ffmpeg failed to read it: {}", video.string(), ffmpeg.last_error());
}

}  // namespace seqrl::tools

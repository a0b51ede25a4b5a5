// The poster of a video: one of its pictures, to be seen before it plays.
#pragma once

#include <filesystem>
#include <string>

namespace seqrl::tools {

// A JPEG of a picture that stands for the video's first seconds, which ffmpeg chooses.
// ProgramMissing without ffmpeg; an Error of kind failure where it cannot read the video.
std::string poster_of(const std::filesystem::path& video);

}  // namespace seqrl::tools

// The poster of a video: one of its pictures, shown before it plays.
#pragma once

#include <filesystem>
#include <string>

namespace seqrl::tools {

// A JPEG of a picture that represents the video's first seconds, chosen by ffmpeg. ProgramMissing
// without ffmpeg; an Error of kind failure if ffmpeg cannot read the video.
std::string poster_of(const std::filesystem::path& video);

}  // namespace seqrl::tools

// Checks that a picture or video written by another program is complete; its exit status does not
// prove that.
#pragma once

#include <string_view>

namespace seqrl::tools {

bool is_whole_svg(std::string_view file);
bool is_whole_png(std::string_view file);
bool is_whole_mp4(std::string_view file);
bool is_whole_gif(std::string_view file);
bool is_whole_jpeg(std::string_view file);

}  // namespace seqrl::tools

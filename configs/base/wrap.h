// Text in lines of a width.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace seqrl {

// `text` in lines of at most `width` columns, broken at spaces; a longer word has a line of its
// own. There is always one line.
std::vector<std::string> wrap(const std::string& text, std::size_t width);

}  // namespace seqrl

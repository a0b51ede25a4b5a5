// Wraps text to lines of a given width.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace seqrl {

// `text` in lines of at most `width` columns, broken at spaces. A longer word gets its own line.
// The result has at least one line.
std::vector<std::string> wrap(const std::string& text, std::size_t width);

}  // namespace seqrl

// Small helpers for messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

// The bytes of the UTF-8 character that `text` begins with, 0 when that is not valid; text not
// empty.
std::size_t utf8_length(std::string_view text);

// `text` fit for one line of an error: shortened, control characters and stray bytes escaped;
// shown() adds quotes.
std::string one_line(std::string_view text);
std::string shown(std::string_view text);

// The candidate nearest to `name` by edit distance, or "" when none is near enough to suggest.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean 'X'?" with the nearest candidate, or "; known: a, b, c" when none is near.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace seqrl

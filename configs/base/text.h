// Text of messages: names in one line, and suggestions for names that are not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

// `text` fit for one line of an error: cut after about 100 bytes, control characters and stray
// bytes escaped; shown() adds quotes.
std::string one_line(std::string_view text);
std::string shown(std::string_view text);

// The candidate nearest to `name` by edit distance, which counts neither capitals nor '_' and '-';
// or "" when none is near enough to suggest.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean 'X'?" with the nearest candidate, or "; known: a, b, c" when none is near.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace seqrl

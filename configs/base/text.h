// Text for messages: one-line names, and suggestions for unknown names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

// `text` prepared for a one-line error: cut after about 100 bytes, with control characters and
// stray bytes escaped. shown() adds quotes.
std::string one_line(std::string_view text);
std::string shown(std::string_view text);

// The candidate nearest to `name` by edit distance, ignoring case, '_' and '-'; "" if none is near
// enough to suggest.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean 'X'?" with the nearest candidate, or "; known: a, b, c" if none is near.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

// 1234567 as "1,234,567".
std::string grouped(std::int64_t number);

}  // namespace seqrl

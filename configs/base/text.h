// Small helpers for messages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

// The candidate nearest to `name` by edit distance, or "" when none is near enough to suggest.
std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean 'X'?" with the nearest candidate, or "; known: a, b, c" when none is near.
std::string suggestion(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace seqrl

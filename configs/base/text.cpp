#include "configs/base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "configs/base/printable.h"
#include "configs/base/utf8.h"

namespace seqrl {
namespace {

// Optimal string alignment distance: insertions, deletions, substitutions, adjacent swaps.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  std::iota(above.begin(), above.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, row);
  }
  return above[b.size()];
}

// Normalises spelling variants: capitals, '_' and '-'.
std::string spelled(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != '_' && c != '-')
      letters += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return letters;
}

}  // namespace

std::string one_line(std::string_view text) {
  constexpr std::size_t kMaxBytes = 100;
  std::string clean;
  while (!text.empty()) {
    if (clean.size() >= kMaxBytes) return clean + "…";
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    clean += printable(character);
    text.remove_prefix(character.size());
  }
  return clean;
}

std::string shown(std::string_view text) {
  return fmt::format("'{}'", one_line(text));
}

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string meant = spelled(name.substr(0, 64));
  if (meant.empty()) return "";
  const std::size_t limit = std::max<std::size_t>(1, meant.size() / 2);
  std::size_t best = limit + 1;
  std::string nearest;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(meant, spelled(candidate));
    if (distance < best) best = distance, nearest = candidate;
  }
  return nearest;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string nearest = nearest_name(name, candidates);
  if (!nearest.empty()) return fmt::format("; did you mean '{}'?", nearest);
  return fmt::format("; known: {}", fmt::join(candidates, ", "));
}

std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;  // the sign
  for (std::size_t at = text.size(); at > first + 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

}  // namespace seqrl

#include "configs/base/environment.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace seqrl {

std::optional<double> seconds_in_environment(const char* name, double usual) {
  const char* given = std::getenv(name);
  if (given == nullptr) return usual;
  const std::string_view text(given);
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool read = error == std::errc() && end == text.data() + text.size();
  return read && seconds >= 1 && seconds <= 86400 ? std::optional(seconds) : std::nullopt;
}

}  // namespace seqrl

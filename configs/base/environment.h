// Variables of the environment that set the program up.
#pragma once

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

namespace seqrl {

// The number that a variable is. Nothing where it is not set, or something else.
template <typename T>
std::optional<T> number_in_environment(const char* name) {
  const char* given = std::getenv(name);
  if (given == nullptr) return std::nullopt;
  const std::string_view text(given);
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool read = error == std::errc() && end == text.data() + text.size();
  return read ? std::optional(number) : std::nullopt;
}

// Seconds that a variable gives, or `usual` where it is not set. Nothing where it is no number from
// 1 to 86400, as kExpectedSeconds says.
constexpr const char* kExpectedSeconds = "expected seconds from 1 to 86400";
std::optional<double> seconds_in_environment(const char* name, double usual);

}  // namespace seqrl

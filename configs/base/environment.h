// Reads environment variables that configure the program.
#pragma once

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>

namespace seqrl {

// The value of a variable as a number; nullopt if it is not set or not a number.
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

// The value of a variable in seconds, or `usual` if it is not set; nullopt if it is not a number
// from 1 to 86400, as kExpectedSeconds says.
constexpr const char* kExpectedSeconds = "expected seconds from 1 to 86400";
std::optional<double> seconds_in_environment(const char* name, double usual);

}  // namespace seqrl

#include "configs/schema/scalars.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "configs/base/error.h"
#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "configs/base/utf8.h"

namespace seqrl {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether every YAML reader reads the unquoted `text` as this string.
bool is_plain_string(const std::string& text) {
  static const std::array kWords = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (text.empty() || !(is_letter(text[0]) || text[0] == '_' || text[0] == '/')) return false;
  std::string lower = text;
  for (char& c : lower) {
    if (!is_letter(c) && !is_digit(c) && std::string_view("_./+-").find(c) == std::string::npos) {
      return false;
    }
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
}

}  // namespace

bool is_number(std::string_view text) {
  const auto skip_sign = [&] {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  };
  const auto skip_digits = [&] {
    const std::size_t before = text.size();
    while (!text.empty() && is_digit(text[0])) text.remove_prefix(1);
    return before - text.size();
  };
  skip_sign();
  if (text.size() > 1 && text[0] == '0' && is_digit(text[1])) return false;
  std::size_t digits = skip_digits();
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    digits += skip_digits();
  }
  if (digits == 0) return false;
  if (!text.empty() && (text[0] == 'e' || text[0] == 'E')) {
    text.remove_prefix(1);
    skip_sign();
    if (skip_digits() == 0) return false;
  }
  return text.empty();
}

std::string yaml_scalar(double value) {
  SEQRL_CHECK(std::isfinite(value));
  std::string text = fmt::format("{}", value);
  // YAML 1.1 readers, such as Python's, read 1e-05 as a string and 1.0e-05 as a number.
  const std::size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos) {
    text.insert(exponent, ".0");
  }
  return text;
}

std::string yaml_scalar(const std::string& value) {
  if (is_plain_string(value)) return value;
  std::string text = "\"";
  for (std::string_view rest = value; !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    const std::string_view character = rest.substr(0, std::max<std::size_t>(length, 1));
    if (character == "\"" || character == "\\") text += '\\';
    // YAML has the same escapes, but only for characters: an invalid byte is kept.
    text += length == 0 ? std::string(character) : printable(character);
    rest.remove_prefix(character.size());
  }
  return text + '"';
}

std::string home_expanded(const std::string& path) {
  if (!path.starts_with('~')) return path;
  if (path.size() > 1 && path[1] != '/') {
    if (path.find('/') == std::string::npos) return path;  // a file name such as ~backup
    reject("{}: only ~/ is expanded to a home folder; write other paths out in full", shown(path));
  }
  const char* home = std::getenv("HOME");
  SEQRL_REQUIRE(home != nullptr && *home != '\0',
                "{}: $HOME is unset or empty; write the path out in full", shown(path));
  return home + path.substr(1);
}

}  // namespace seqrl

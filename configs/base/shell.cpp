#include "configs/base/shell.h"

#include <fmt/format.h>

#include <algorithm>

#include "configs/base/printable.h"
#include "configs/base/utf8.h"

namespace seqrl {
namespace {

constexpr std::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=+-,:@%";

// In single quotes only the closing quote is special.
std::string in_single_quotes(std::string_view argument) {
  std::string text = "'";
  for (const char c : argument) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string bytes_of(std::string_view character) {
  std::string text;
  for (const char c : character) text += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  return text;
}

}  // namespace

std::string shell_quoted(std::string_view argument) {
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(argument);
  }
  std::string text;
  bool all_printable = true;
  for (std::string_view rest = argument; !rest.empty();) {
    const std::string_view character = rest.substr(0, std::max<std::size_t>(utf8_length(rest), 1));
    const bool shows = is_printable(character);
    all_printable &= shows;
    if (character == "'" || character == "\\") text += '\\';
    text += shows ? std::string(character) : bytes_of(character);
    rest.remove_prefix(character.size());
  }
  return all_printable ? in_single_quotes(argument) : "$'" + text + "'";
}

}  // namespace seqrl

#include "configs/base/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "configs/base/utf8.h"

namespace seqrl {
namespace {

// The code point of a valid UTF-8 character.
std::uint32_t code_point(std::string_view character) {
  const auto lead = static_cast<unsigned char>(character[0]);
  std::uint32_t point = character.size() == 1   ? lead
                        : character.size() == 2 ? lead & 0x1Fu
                        : character.size() == 3 ? lead & 0x0Fu
                                                : lead & 0x07u;
  for (const char c : character.substr(1))
    point = point << 6 | (static_cast<unsigned char>(c) & 63);
  return point;
}

// Control characters, line and paragraph separators, and direction marks, embeddings, overrides and
// isolates.
bool acts(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x61C || point == 0x200E ||
         point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80);
}

// `text` with `show` applied to each character.
template <typename Show>
std::string shown_by(std::string_view text, const Show& show) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = std::max<std::size_t>(utf8_length(text), 1);
    result += show(text.substr(0, length));
    text.remove_prefix(length);
  }
  return result;
}

std::string printable_character(std::string_view character) {
  if (utf8_length(character) == 0) {
    return fmt::format("\\x{:02X}", static_cast<unsigned char>(character[0]));
  }
  const std::uint32_t point = code_point(character);
  if (!acts(point)) return std::string(character);
  return point < 0x100 ? fmt::format("\\x{:02X}", point) : fmt::format("\\u{:04X}", point);
}

std::string markdown_character(std::string_view character) {
  if (character == "<") return "&lt;";
  if (character == ">") return "&gt;";
  if (character == "&") return "&amp;";
  const bool special = std::string_view("\\`*[]|~$").find(character) != std::string_view::npos;
  const std::string shown = printable_character(character);
  return special ? fmt::format("\\{}", shown) : shown;
}

}  // namespace

bool is_printable(std::string_view text) {
  const std::size_t length = utf8_length(text);
  return length > 0 && !acts(code_point(text.substr(0, length)));
}

std::string printable(std::string_view text) {
  return shown_by(text, printable_character);
}

std::string printable_json(std::string_view json) {
  return shown_by(json, [](std::string_view character) {
    const bool shows = character == "\n" || is_printable(character);
    return shows ? std::string(character) : fmt::format("\\u{:04X}", code_point(character));
  });
}

std::string markdown_text(std::string_view text) {
  std::string result = shown_by(text, markdown_character);
  // Within a word an underscore is literal; at its edge, it means emphasis.
  for (std::size_t at = 0; (at = result.find('_', at)) != std::string::npos; ++at) {
    const bool within = at > 0 && at + 1 < result.size() && is_letter_or_digit(result[at - 1]) &&
                        is_letter_or_digit(result[at + 1]);
    if (!within) result.insert(at++, 1, '\\');
  }
  return result;
}

std::string markdown_code(std::string_view text) {
  const std::string shown = markdown_text(text);
  // Backticks make their content literal, except characters that end the code or a table cell.
  return shown == text && !shown.empty() ? fmt::format("`{}`", shown) : shown;
}

}  // namespace seqrl

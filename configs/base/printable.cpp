#include "configs/base/printable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "configs/base/text.h"

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

// Control characters, separators of lines and paragraphs, and marks, embeddings, overrides and
// isolates of direction.
bool acts(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x61C || point == 0x200E ||
         point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF;
}

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80);
}

std::string escaped(std::string_view text, std::string_view special) {
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0) {
      result += fmt::format("\\x{:02X}", static_cast<unsigned char>(text[0]));
    } else if (const std::uint32_t point = code_point(character); acts(point)) {
      result += point < 0x100 ? fmt::format("\\x{:02X}", point) : fmt::format("\\u{:04X}", point);
    } else {
      if (special.find(character) != std::string_view::npos) result += '\\';
      result += character;
    }
    text.remove_prefix(character.size());
  }
  return result;
}

}  // namespace

bool is_printable(std::string_view text) {
  const std::size_t length = utf8_length(text);
  return length > 0 && !acts(code_point(text.substr(0, length)));
}

std::string printable(std::string_view text) {
  return escaped(text, "");
}

std::string printable_lines(std::string_view text) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    result += printable(text.substr(begin, end - begin));
    if (end < text.size()) result += '\n';
    begin = end + 1;
  }
  return result;
}

std::string markdown_text(std::string_view text) {
  std::string result = escaped(text, "\\`*[]<|&~$");
  // Within a word an underscore is one; beside it, it is emphasis.
  for (std::size_t at = 0; (at = result.find('_', at)) != std::string::npos; ++at) {
    const bool within = at > 0 && at + 1 < result.size() && is_letter_or_digit(result[at - 1]) &&
                        is_letter_or_digit(result[at + 1]);
    if (!within) result.insert(at++, 1, '\\');
  }
  return result;
}

std::string markdown_code(std::string_view text) {
  std::string code = printable(text);
  // A cell of a table ends at a bar, also within code.
  for (std::size_t at = 0; (at = code.find('|', at)) != std::string::npos; at += 2) {
    code.insert(at, 1, '\\');
  }
  std::size_t longest = 0, run = 0;
  for (const char c : code) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const std::string space = longest > 0 || code.empty() ? " " : "";
  return fence + space + code + space + fence;
}

}  // namespace seqrl

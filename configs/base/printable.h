// Printable text: names and texts from files, which must not act on a terminal or in a table.
#pragma once

#include <string>
#include <string_view>

namespace seqrl {

// Whether the first UTF-8 character of `text` is displayed as itself: it is not a control
// character, a line separator, or a character that changes the text direction. `text` is not empty.
bool is_printable(std::string_view text);

// `text` with all other characters escaped: "\x1B", "\u202E".
std::string printable(std::string_view text);

// JSON, valid UTF-8, with all other characters escaped in JSON's form: "\u009B".
std::string printable_json(std::string_view json);

// `text` escaped for a Markdown table cell or a line of Markdown, so that it is displayed as is.
std::string markdown_text(std::string_view text);

// The same, formatted as code if it contains no special characters.
std::string markdown_code(std::string_view text);

}  // namespace seqrl

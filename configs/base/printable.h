// Printable text: names and texts from files, which must not act on a terminal or in a table.
#pragma once

#include <string>
#include <string_view>

namespace seqrl {

// Whether the UTF-8 character that `text` begins with shows as itself: no control character, no
// separator of lines, and nothing that changes the direction of the text. text not empty.
bool is_printable(std::string_view text);

// `text` with everything else escaped: "\x1B", "\u202E".
std::string printable(std::string_view text);

// JSON, valid UTF-8, with everything else escaped as JSON has it: "\u009B".
std::string printable_json(std::string_view json);

// `text` for a cell of a Markdown table, or a line of Markdown: it shows as it is.
std::string markdown_text(std::string_view text);

// The same as code where nothing in it is special.
std::string markdown_code(std::string_view text);

}  // namespace seqrl

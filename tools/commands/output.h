// Output shared by commands: rows of two columns, and notes on stderr.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace seqrl::tools {

// The width of output in columns: $COLUMNS, or the terminal's width, or 100 without a terminal.
std::size_t output_width();

using Rows = std::vector<std::pair<std::string, std::string>>;  // a name and its meaning

// The widest name of the rows, in bytes.
std::size_t widest_name(const Rows& rows);

// Each row as a line: the name, and its meaning wrapped between the columns `begin` and `width`. A
// name that is too long has its own line.
std::string two_columns(const Rows& rows, std::size_t begin, std::size_t width);

// Print "seqrl: note: …" on stderr, one line per note.
void print_note(const std::string& note);
void print_notes(const std::vector<std::string>& notes);

}  // namespace seqrl::tools

// Output that commands share: rows of two columns, and notes on stderr.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace seqrl::tools {

// The columns that output has: $COLUMNS, or those of the terminal, or 100 where it is none.
std::size_t output_width();

using Rows = std::vector<std::pair<std::string, std::string>>;  // a name and what it means

// The widest name of the rows, in bytes.
std::size_t widest_name(const Rows& rows);

// A line for each row: the name, and its meaning wrapped between the columns `begin` and `width`. A
// name that is too long for that has a line of its own.
std::string two_columns(const Rows& rows, std::size_t begin, std::size_t width);

// "seqrl: note: …" on stderr, a line each.
void print_note(const std::string& note);
void print_notes(const std::vector<std::string>& notes);

}  // namespace seqrl::tools

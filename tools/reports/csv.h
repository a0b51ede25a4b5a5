// Comma-separated values (RFC 4180).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace seqrl::tools {

// `text` as one cell, quoted if necessary.
std::string csv_cell(const std::string& text);

// The cells of a line, without the quotes.
std::vector<std::string> csv_cells(std::string_view line);

}  // namespace seqrl::tools

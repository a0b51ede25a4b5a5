// A Markdown table that is also readable as plain text.
#pragma once

#include <string>
#include <vector>

namespace seqrl::tools {

using TableLine = std::vector<std::string>;  // one cell per column; "" or "–" without a value

// Leaves out columns in which no line has a value.
std::string markdown_table(const TableLine& head, std::vector<TableLine> lines);

}  // namespace seqrl::tools

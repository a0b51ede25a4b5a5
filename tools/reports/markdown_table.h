// A table in Markdown that reads well as plain text, too.
#pragma once

#include <string>
#include <vector>

namespace seqrl::tools {

using TableLine = std::vector<std::string>;  // a cell a column; "" or "–" where there is no value

// Columns in which no line has a value are left out.
std::string markdown_table(const TableLine& head, std::vector<TableLine> lines);

}  // namespace seqrl::tools

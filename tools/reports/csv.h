// Comma-separated values (RFC 4180).
#pragma once

#include <string>

namespace seqrl::tools {

// `text` as one cell: in quotes where it needs them.
std::string csv_cell(const std::string& text);

}  // namespace seqrl::tools

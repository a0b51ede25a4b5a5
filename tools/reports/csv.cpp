#include "tools/reports/csv.h"

#include <string_view>

#include "configs/base/printable.h"
#include "configs/schema/scalars.h"

namespace seqrl::tools {

std::string csv_cell(const std::string& name) {
  std::string text = printable(name);
  // A spreadsheet takes what begins so for a formula.
  const bool formula = !text.empty() && std::string_view("=+-@").find(text[0]) != std::string::npos;
  if (formula && !is_number(text)) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  quoted += '"';
  return quoted;
}

}  // namespace seqrl::tools

#include "tools/reports/markdown_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace seqrl::tools {
namespace {

std::size_t columns(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::string markdown_table(const TableLine& head, std::vector<TableLine> lines) {
  std::vector<std::size_t> shown, widths(head.size());
  for (std::size_t i = 0; i < head.size(); ++i) {
    const bool has_values = std::ranges::any_of(
        lines, [&](const TableLine& line) { return line[i] != "–" && !line[i].empty(); });
    if (has_values) shown.push_back(i);
  }
  lines.insert(lines.begin(), head);
  for (const TableLine& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], columns(line[i]));
  }
  std::string text;
  for (std::size_t row = 0; row < lines.size(); ++row) {
    for (const std::size_t i : shown) {
      // fmt pads by display columns.
      text += fmt::format("| {:<{}} ", lines[row][i], widths[i]);
    }
    text += "|\n";
    if (row > 0) continue;
    for (const std::size_t i : shown) text += fmt::format("|{:-<{}}", "", widths[i] + 2);
    text += "|\n";
  }
  return text;
}

}  // namespace seqrl::tools

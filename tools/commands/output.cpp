#include "tools/commands/output.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "configs/base/printable.h"
#include "configs/base/wrap.h"

namespace seqrl::tools {
namespace {

constexpr std::size_t kUsual = 100, kNarrowest = 40;

}  // namespace

std::size_t output_width() {
  const char* columns = std::getenv("COLUMNS");
  const long given = columns == nullptr ? 0 : std::strtol(columns, nullptr, 10);
  if (given > 0) return std::max<std::size_t>(kNarrowest, static_cast<std::size_t>(given));
  winsize size{};
  if (::isatty(STDOUT_FILENO) == 1 && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
      size.ws_col > 0) {
    return std::max<std::size_t>(kNarrowest, size.ws_col);
  }
  return kUsual;
}

std::size_t widest_name(const Rows& rows) {
  std::size_t widest = 0;
  for (const auto& [name, meaning] : rows) widest = std::max(widest, name.size());
  return widest;
}

std::string two_columns(const Rows& rows, std::size_t begin, std::size_t width) {
  std::string text;
  for (const auto& [name, meaning] : rows) {
    std::string start = fmt::format("  {:<{}}", name, begin - 2);
    if (start.size() > begin) {
      text += fmt::format("  {}\n", name);
      start = std::string(begin, ' ');
    }
    for (const std::string& words : wrap(meaning, width - begin)) {
      const std::string line = start + words;
      text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
      start = std::string(begin, ' ');
    }
  }
  return text;
}

void print_note(const std::string& note) {
  std::cerr << "seqrl: note: " << printable(note) << "\n";
}

void print_notes(const std::vector<std::string>& notes) {
  for (const std::string& note : notes) print_note(note);
}

}  // namespace seqrl::tools

#include "tools/commands/help_page.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "configs/base/wrap.h"

namespace seqrl::tools {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;  // a name and what it means

constexpr std::size_t kUsual = 100, kNarrowest = 40;

constexpr const char* kProgram =
    "Trains sequence-model agents on recorded experience and evaluates them in MuJoCo.";

const std::vector<std::string> kProgramExamples = {
    "seqrl list", "seqrl help train", "seqrl help config training",
    "seqrl train configs/hopper-medium.yaml dataset.path=hopper_medium-v2.hdf5"};

// What CLI11 declares by itself, the first with a space where others name their value.
const std::pair<std::string, std::string> kHelpRow = {"-h,--help ",
                                                      "Print this help message and exit"};
const std::pair<std::string, std::string> kVersionRow = {
    "--version", "Display program version information and exit"};

void add_rows(const std::string& title, const Rows& rows, std::size_t width, std::string& page) {
  if (rows.empty()) return;
  std::size_t widest = 0;
  for (const auto& [name, meaning] : rows) widest = std::max(widest, name.size());
  // Names that are too long for a column of their own have a line.
  const std::size_t column = std::min(widest, width / 3) + 4;
  page += fmt::format("\n{}\n", title);
  for (const auto& [name, meaning] : rows) {
    std::string begin = fmt::format("  {:<{}}", name, column - 2);
    if (begin.size() > column) {
      page += fmt::format("  {}\n", name);
      begin = std::string(column, ' ');
    }
    for (const std::string& line : wrap(meaning, width - column)) {
      page += (begin + line).substr(0, (begin + line).find_last_not_of(' ') + 1) + "\n";
      begin = std::string(column, ' ');
    }
  }
}

std::string usage(const Command& command) {
  std::string text = "seqrl " + command.name;
  for (const Argument& argument : command.arguments) {
    if (!argument.is_positional()) continue;
    const std::string shown = argument.name + (argument.takes_many() ? " …" : "");
    text += argument.is_required ? fmt::format(" {}", shown) : fmt::format(" [{}]", shown);
  }
  return text + " [OPTIONS]";
}

std::string begin_page(const std::string& about, const std::string& usage, std::size_t width) {
  std::string page;
  for (const std::string& line : wrap(about, width)) page += line + "\n";
  page += "\n";
  for (const std::string& line : wrap(usage, width - 2)) page += "  " + line + "\n";
  return page;
}

void add_examples(const std::vector<std::string>& examples, std::string& page) {
  if (!examples.empty()) page += "\nExamples\n";
  for (const std::string& example : examples) page += "  " + example + "\n";
}

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

std::string program_help(const std::vector<Command>& commands, std::size_t width) {
  std::string page = begin_page(kProgram, "seqrl COMMAND …", width);
  Rows rows;
  for (const Command& command : commands) rows.emplace_back(command.name, command.help);
  add_rows("Commands", rows, width, page);
  add_rows("Options", {kHelpRow, kVersionRow}, width, page);
  add_examples(kProgramExamples, page);
  return page;
}

std::string command_help(const Command& command, std::size_t width) {
  std::string page = begin_page(command.help, usage(command), width);
  Rows arguments, options = {kHelpRow};
  for (const Argument& argument : command.arguments) {
    const std::string value = argument.value_name.empty() ? "" : " " + argument.value_name;
    (argument.is_positional() ? arguments : options)
        .emplace_back(argument.name + value, argument.help);
  }
  add_rows("Arguments", arguments, width, page);
  add_rows("Options", options, width, page);
  add_examples(command.examples, page);
  return page;
}

}  // namespace seqrl::tools

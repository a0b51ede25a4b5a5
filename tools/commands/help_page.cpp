#include "tools/commands/help_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "configs/base/wrap.h"
#include "tools/commands/output.h"

namespace seqrl::tools {
namespace {

constexpr const char* kProgram =
    "Trains sequence-model agents on recorded experience and evaluates them in MuJoCo.";

const std::vector<std::string> kProgramExamples = {
    "seqrl list", "seqrl help train", "seqrl help config training",
    "seqrl train configs/hopper-medium.yaml dataset.path=hopper_medium-v2.hdf5"};

// The options that CLI11 declares itself; the first has a space in place of a value's name.
const std::pair<std::string, std::string> kHelpRow = {"-h,--help ",
                                                      "Print this help message and exit"};
const std::pair<std::string, std::string> kVersionRow = {
    "--version", "Display program version information and exit"};

void add_rows(const std::string& title, const Rows& rows, std::size_t width, std::string& page) {
  if (rows.empty()) return;
  const std::size_t begin = std::min(widest_name(rows), width / 3) + 4;
  page += fmt::format("\n{}\n{}", title, two_columns(rows, begin, width));
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

std::string usage(const Command& command) {
  std::string text = "seqrl " + command.name;
  for (const Argument& argument : command.arguments) {
    if (!argument.is_positional()) continue;
    const std::string shown = argument.name + (argument.takes_many() ? " …" : "");
    text += argument.is_required ? fmt::format(" {}", shown) : fmt::format(" [{}]", shown);
  }
  return text + " [OPTIONS]";
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

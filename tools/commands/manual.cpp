#include "tools/commands/manual.h"

#include <fmt/format.h>

#include "tools/commands/help_page.h"

namespace seqrl::tools {
namespace {

// Text escaped so that troff shows it literally.
std::string troff(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  // A line that begins like a request must not be one.
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

std::string begin(const std::string& name, const std::string& help, const std::string& usage) {
  return fmt::format(".TH \"{}\" 1 \"\" \"seqrl {}\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B {}\n",
                     name, SEQRL_VERSION, troff(name), troff(help), troff(usage));
}

std::string entry(const std::string& name, const std::string& help) {
  return fmt::format(".TP\n.B {}\n{}\n", troff(name), troff(help));
}

std::string examples(const std::vector<std::string>& lines) {
  if (lines.empty()) return "";
  std::string text = ".SH EXAMPLES\n.nf\n";
  for (const std::string& line : lines) text += troff(line) + "\n";
  return text + ".fi\n";
}

}  // namespace

std::string program_manual(const std::vector<Command>& commands) {
  std::string page = begin("seqrl", "trains sequence-model agents and evaluates them in MuJoCo",
                           "seqrl COMMAND …");
  page += ".SH COMMANDS\n";
  for (const Command& command : commands) {
    page += entry("seqrl-" + command.name + "(1)", command.help);
  }
  page += ".SH CONFIGS\nA run is a YAML file. ";
  page +=
      troff("Its keys: seqrl help config; a JSON schema for editors: seqrl help config --schema.");
  page += "\n.SH EXIT STATUS\n0 success, 1 failure, 2 user error.\n";
  return page;
}

std::string command_manual(const Command& command) {
  std::string page = begin("seqrl-" + command.name, command.help, usage(command));
  std::string arguments, options = entry("-h, --help", "Print this help message and exit");
  for (const Argument& argument : command.arguments) {
    const std::string name =
        argument.value_name.empty() ? argument.name : argument.name + " " + argument.value_name;
    (argument.is_positional() ? arguments : options) += entry(name, argument.help);
  }
  if (!arguments.empty()) page += ".SH ARGUMENTS\n" + arguments;
  return page + ".SH OPTIONS\n" + options + examples(command.examples) +
         ".SH SEE ALSO\n.BR seqrl (1)\n";
}

}  // namespace seqrl::tools

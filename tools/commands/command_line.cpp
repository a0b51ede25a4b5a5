#include "tools/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "configs/schema/builtin_configs.h"
#include "configs/schema/scalars.h"
#include "envs/env_notes.h"
#include "envs/mujoco/mujoco_version.h"
#include "tools/commands/commands.h"
#include "tools/commands/help_page.h"
#include "tools/commands/output.h"
#include "tools/shipped_folders.h"

namespace seqrl::tools {
namespace {

// Rejects an argument that is neither a command nor an option, and names the nearest command.
void require_command(const std::vector<Command>& commands, const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  const bool known = name.starts_with('-') || std::ranges::count(names, name) > 0;
  SEQRL_REQUIRE(known, "{}{}; see seqrl --help",
                name.empty() ? "no command given" : "unknown command " + shown(name),
                suggestion(name, names));
}

// The arguments in reverse order, as CLI11 expects them, with ~ expanded where no shell did so.
std::vector<std::string> reversed_arguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    const std::string text = argv[i];
    const std::size_t path = text.starts_with("--") ? text.find('=') + 1 : 0;
    const bool home = text.substr(path).starts_with("~/");
    arguments.push_back(home ? text.substr(0, path) + home_expanded(text.substr(path)) : text);
  }
  return arguments;
}

void declare(CLI::App& app, const Argument& argument) {
  CLI::Option* option = nullptr;
  if (argument.is_flag()) {
    option = app.add_flag(argument.name, *std::get<bool*>(argument.target), argument.help);
  } else if (argument.takes_many()) {
    option = app.add_option(argument.name, *std::get<std::vector<std::string>*>(argument.target),
                            argument.help);
  } else {
    option = app.add_option(argument.name, *std::get<std::string*>(argument.target), argument.help);
  }
  if (argument.is_required) option->required();
  if (!argument.value_name.empty()) option->type_name(argument.value_name);
  if (!argument.excludes.empty()) option->excludes(app.get_option(argument.excludes));
}

}  // namespace

int run_command_line(int argc, char** argv) {
  const std::vector<Command> commands = all_commands();
  require_command(commands, argc > 1 ? argv[1] : "");
  CLI::App app("", "seqrl");
  app.set_version_flag("--version", "seqrl " SEQRL_VERSION);
  app.require_subcommand(1);
  app.formatter_fn([&](const CLI::App* asked, const std::string&, CLI::AppFormatMode) {
    const auto command = std::ranges::find(commands, asked->get_name(), &Command::name);
    return command == commands.end() ? program_help(commands, output_width())
                                     : command_help(*command, output_width());
  });
  for (const Command& command : commands) {
    CLI::App* subcommand = app.add_subcommand(command.name);
    for (const Argument& argument : command.arguments) declare(*subcommand, argument);
  }
  try {
    app.parse(reversed_arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::string program = "seqrl";
    for (const CLI::App* command : app.get_subcommands()) program += " " + command->get_name();
    std::cerr << "seqrl: " << printable(error.what()) << "; see " << program << " --help\n";
    return 2;
  }
  require_mujoco_of_headers();
  set_builtin_configs(find_shipped_config);
  for (const Command& command : commands) {
    if (!app.got_subcommand(command.name)) continue;
    const int status = command.run();
    for (const std::string& note : take_env_notes()) print_note(note);
    return status;
  }
  SEQRL_CHECK(!"a subcommand is required");
  __builtin_unreachable();
}

}  // namespace seqrl::tools

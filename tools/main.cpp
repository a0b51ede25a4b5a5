// seqrl, the one program. Exit status: 0 done, 1 failed, 2 the user's mistake.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "configs/schema/scalars.h"
#include "tools/commands/commands.h"
#include "tools/commands/help_page.h"

namespace {

using seqrl::Command;

// Rejects what is neither a command nor an option, with the nearest command.
void require_command(std::span<const Command> commands, const std::string& name) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.app->get_name());
  const bool known = name.starts_with('-') || std::ranges::count(names, name) > 0;
  SEQRL_REQUIRE(known, "{}{}; see seqrl --help",
                name.empty() ? "name a command" : "no command " + seqrl::shown(name),
                seqrl::suggestion(name, names));
}

// The arguments, last first as CLI11 wants them, with the home folder for a ~ that no shell saw.
std::vector<std::string> reversed_arguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) {
    const std::string text = argv[i];
    const std::size_t path = text.starts_with("--") ? text.find('=') + 1 : 0;
    const bool home = text.substr(path).starts_with("~/");
    arguments.push_back(home ? text.substr(0, path) + seqrl::home_expanded(text.substr(path))
                             : text);
  }
  return arguments;
}

// Opens /dev/null in the place of standard streams that are closed: the first files that are opened
// would get their numbers, and what is meant for people would go into them.
void secure_standard_streams() {
  for (int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF) ::open("/dev/null", O_RDWR);
  }
}

// Runs the command that the arguments name; CLI::ParseError when they name none.
int run(int argc, char** argv) {
  CLI::App app("Trains sequence-model agents on recorded experience and evaluates them in MuJoCo.",
               "seqrl");
  app.set_version_flag("--version", "seqrl " SEQRL_VERSION);
  app.require_subcommand(1);
  app.formatter_fn([](const CLI::App* asked, const std::string& name, CLI::AppFormatMode) {
    return seqrl::help_page(*asked, name, seqrl::output_width());
  });
  const Command commands[] = {
      seqrl::add_train(app),  seqrl::add_sweep(app),   seqrl::add_eval(app),
      seqrl::add_info(app),   seqrl::add_list(app),    seqrl::add_sample(app),
      seqrl::add_table(app),  seqrl::add_plot(app),    seqrl::add_figure(app),
      seqrl::add_render(app), seqrl::add_report(app),  seqrl::add_export(app),
      seqrl::add_check(app),  seqrl::add_collect(app), seqrl::add_bench(app),
      seqrl::add_help(app),
  };
  require_command(commands, argc > 1 ? argv[1] : "");
  try {
    app.parse(reversed_arguments(argc, argv));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::string program = "seqrl";
    for (const CLI::App* command : app.get_subcommands()) program += " " + command->get_name();
    std::cerr << "seqrl: " << seqrl::printable(error.what()) << "; see " << program << " --help\n";
    return 2;
  }
  for (const Command& command : commands) {
    if (*command.app) return command.run();
  }
  SEQRL_CHECK(!"a subcommand is required");
  __builtin_unreachable();
}

}  // namespace

int main(int argc, char** argv) {
  secure_standard_streams();
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of write(), with a message
  try {
    const int status = run(argc, argv);
    const bool written = static_cast<bool>(std::cout.flush());
    if (!written && !seqrl::reader_is_gone(STDOUT_FILENO)) {
      seqrl::fail("the output could not be written to its end");
    }
    return status;
  } catch (const seqrl::Error& error) {
    std::cerr << "seqrl: " << seqrl::printable(error.what()) << "\n";
    return error.kind() == seqrl::ErrorKind::user ? 2 : 1;
  } catch (const std::bad_alloc&) {
    std::cerr << "seqrl: out of memory\n";
  } catch (const std::length_error&) {  // a vector that no machine could hold
    std::cerr << "seqrl: out of memory\n";
  } catch (const std::exception& error) {
    std::cerr << "seqrl: " << seqrl::printable(error.what()) << "\n";
  }
  return 1;
}

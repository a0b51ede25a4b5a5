// The program's commands, one file each. They return an exit status, and throw Error.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace seqrl {

// What --json does, whatever the command.
constexpr const char* kJsonHelp = "print one JSON document and nothing else";

// A subcommand whose options its own file declares, and what to run once they are parsed.
struct Command {
  CLI::App* app;
  std::function<int()> run;
};

Command add_train(CLI::App& program);   // a run
Command add_sweep(CLI::App& program);   // many runs from one file
Command add_eval(CLI::App& program);    // a checkpoint's returns and scores
Command add_info(CLI::App& program);    // what is in a dataset, a checkpoint, a run or a config
Command add_list(CLI::App& program);    // what a config may name
Command add_sample(CLI::App& program);  // text from a language model
Command add_table(CLI::App& program);   // runs as a table
Command add_plot(CLI::App& program);    // runs as pictures
Command add_figure(CLI::App& program);  // costs as pictures
Command add_render(CLI::App& program);  // a run as a video
Command add_report(CLI::App& program);  // a run as a page
Command add_export(CLI::App& program);  // a run as a folder to share
Command add_check(CLI::App& program);   // replays a recording; 1 when it deviates by more than 1e-6
Command add_collect(CLI::App& program);  // a dataset from a policy or a replay buffer
Command add_bench(CLI::App& program);    // speed
Command add_help(CLI::App& program);     // help config

// Whether an argument is key=value. What is there as a file is none: names may have '=' in them, as
// those of a sweep's folders do.
bool is_setting(const std::string& argument);

// Splits what was given as RUN… key=value… into the two.
struct RunsAndSettings {
  std::vector<std::string> runs, settings;
};
RunsAndSettings split_arguments(const std::vector<std::string>& arguments);

// Takes plugins=[…] out of `settings` and loads them, instead of those that a checkpoint or config
// names: these are loaded only where the command line says so.
void load_given_plugins(std::vector<std::string>& settings);

// The same for a command that has no other settings: what else there is, is rejected.
void load_only_plugins(const std::string& command, std::vector<std::string> settings);

// What the help of a command says of that.
constexpr const char* kPluginsHelp = "plugins=[LIBRARY.so] where it needs those: they are code";

// Takes config=FILE out of `settings`, or config=RUN, a run's folder. The plugins and the
// environment of that run's config as YAML for the other settings to win over; "{}" where there is
// no such setting.
std::string take_env_config(std::vector<std::string>& settings);

// Ctrl-C, SIGTERM and a terminal that goes away (SIGHUP) ask the running command to stop,
// gracefully the first time. True once asked.
void catch_interrupts();
bool interrupted();

// The command goes on when nobody reads what it prints any more: it does more than print.
void outlive_readers();
// Whether nobody does, of what is written to a pipe.
bool reader_is_gone(int file);

}  // namespace seqrl

// The program's commands, one file each. They return an exit status, and throw Error.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace seqrl {

// A subcommand whose options its own file declares, and what to run once they are parsed.
struct Command {
  CLI::App* app;
  std::function<int()> run;
};

Command add_table(CLI::App& program);   // runs as a table
Command add_plot(CLI::App& program);    // runs as pictures
Command add_report(CLI::App& program);  // a run as a page
Command add_render(CLI::App& program);  // a run as a video
Command add_sweep(CLI::App& program);   // many runs from one file

struct TrainCommand {
  std::string config;  // a YAML file, or
  std::string resume;  // a run's folder
  std::vector<std::string> overrides;
};
int run_train(const TrainCommand& command);

struct EvalCommand {
  std::string path;  // a run's folder or a checkpoint
  std::vector<std::string> overrides;
  bool json = false;
};
int run_eval(const EvalCommand& command);

// What is in a dataset, a checkpoint, a run or a config.
int run_info(const std::string& path, bool json);

// Replays a recording; 1 when it deviates by more than 1e-6.
int run_check(const std::string& recording, bool json);

struct BenchCommand {
  std::string what;
  std::vector<std::string> overrides;
  bool json = false;
};
int run_bench(const BenchCommand& command);
std::vector<std::string> bench_names();

// Plays a policy and writes a dataset: settings are CollectConfig's, as key=value.
int run_collect(const std::vector<std::string>& settings);

// `seqrl help config`.
int run_help_config();

// Splits what was given as RUN… key=value… into the two.
struct RunsAndSettings {
  std::vector<std::string> runs, settings;
};
RunsAndSettings split_arguments(const std::vector<std::string>& arguments);

// Ctrl-C and SIGTERM ask the running command to stop, gracefully the first time. True once asked.
void catch_interrupts();
bool interrupted();

}  // namespace seqrl

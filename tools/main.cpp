// seqrl, the one program. Exit status: 0 done, 1 failed, 2 the user's mistake.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "tools/commands/commands.h"

namespace {

constexpr const char* kOverrides =
    "settings as key=value, such as backbone=mamba training.steps=5000";

// Runs the command that the arguments name; CLI::ParseError when they name none.
int run(int argc, char** argv) {
  CLI::App app("Trains sequence-model agents on recorded experience and evaluates them in MuJoCo.",
               "seqrl");
  app.set_version_flag("--version", "seqrl " SEQRL_VERSION);
  app.require_subcommand(1);
  app.footer("Keys of a config: seqrl help config");

  seqrl::TrainCommand train;
  std::vector<std::string> train_arguments;
  CLI::App* train_app = app.add_subcommand("train", "train; a run's folder appears");
  train_app->add_option("CONFIG key=value", train_arguments,
                        "a YAML config, then settings that win over it");
  train_app->add_option("--resume", train.resume, "go on with the run in this folder")
      ->type_name("RUN");

  seqrl::EvalCommand eval;
  CLI::App* eval_app = app.add_subcommand("eval", "evaluate a run's last checkpoint, or any other");
  eval_app->add_option("RUN|CHECKPOINT", eval.path)->required();
  eval_app->add_option("key=value", eval.overrides,
                       "settings as key=value, such as episodes=10 mode=stream targets=[3600]");
  eval_app->add_flag("--json", eval.json, "print one JSON document and nothing else");

  std::string info_path;
  bool info_json = false;
  CLI::App* info_app =
      app.add_subcommand("info", "what is inside a dataset, checkpoint, run or config");
  info_app->add_option("DATASET|CHECKPOINT|RUN|CONFIG", info_path)->required();
  info_app->add_flag("--json", info_json, "print one JSON document and nothing else");

  std::string recording;
  bool check_json = false;
  CLI::App* check_app =
      app.add_subcommand("check", "replay a recorded trajectory; exit status 1 past 1e-6");
  check_app->add_option("RECORDING.json", recording)->required();
  check_app->add_flag("--json", check_json, "print one JSON document and nothing else");

  std::vector<std::string> collect_settings;
  CLI::App* collect_app = app.add_subcommand("collect", "play a policy and write a D4RL dataset");
  collect_app
      ->add_option("key=value", collect_settings,
                   "env=hopper policy=random transitions=100000 output=FILE.hdf5 seed=0 threads=0")
      ->required();

  seqrl::BenchCommand bench;
  CLI::App* bench_app = app.add_subcommand("bench", "measure speed beside the hardware's ceiling");
  bench_app
      ->add_option("WHAT", bench.what,
                   fmt::format("one of {}", fmt::join(seqrl::bench_names(), ", ")))
      ->required();
  bench_app->add_option("key=value", bench.overrides, kOverrides);
  bench_app->add_flag("--json", bench.json, "print one JSON document and nothing else");

  const std::vector<seqrl::Command> commands = {seqrl::add_sweep(app), seqrl::add_table(app),
                                                seqrl::add_plot(app), seqrl::add_render(app),
                                                seqrl::add_report(app)};

  std::string topic;
  CLI::App* help_app = app.add_subcommand("help", "help on a topic: config");
  help_app->add_option("TOPIC", topic)->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help, --version
    std::cerr << "seqrl: " << error.what() << "; see seqrl --help\n";
    return 2;
  }
  if (*train_app) {
    for (std::string& argument : train_arguments) {
      const bool is_setting = argument.find('=') != std::string::npos;
      if (!is_setting && train.config.empty() && train.overrides.empty()) {
        train.config = argument;
      } else {
        train.overrides.push_back(argument);
      }
    }
    SEQRL_REQUIRE(train.config.empty() != train.resume.empty(),
                  "train takes a config or --resume RUN, one of them; see seqrl train --help");
    return seqrl::run_train(train);
  }
  if (*eval_app) return seqrl::run_eval(eval);
  if (*info_app) return seqrl::run_info(info_path, info_json);
  if (*check_app) return seqrl::run_check(recording, check_json);
  if (*collect_app) return seqrl::run_collect(collect_settings);
  if (*bench_app) return seqrl::run_bench(bench);
  for (const seqrl::Command& command : commands) {
    if (*command.app) return command.run();
  }
  SEQRL_REQUIRE(topic == "config", "no help on '{}'{}", topic,
                seqrl::suggestion(topic, {"config"}));
  return seqrl::run_help_config();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of write(), with a message
  try {
    return run(argc, argv);
  } catch (const seqrl::Error& error) {
    std::cerr << "seqrl: " << error.what() << "\n";
    return error.kind() == seqrl::ErrorKind::user ? 2 : 1;
  } catch (const std::bad_alloc&) {
    std::cerr << "seqrl: out of memory\n";
  } catch (const std::exception& error) {
    std::cerr << "seqrl: " << error.what() << "\n";
  }
  return 1;
}

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agents/checkpoint.h"
#include "agents/evaluator.h"
#include "configs/config.h"
#include "tools/commands/commands.h"

namespace seqrl {
namespace {

struct EvalCommand {
  std::string path;  // a run's folder or a checkpoint
  std::vector<std::string> overrides;
  bool json = false;
};

// An evaluation may change how it measures and where, not what was learned. The keys of the
// section `evaluation` may be given without its name.
std::vector<std::string> eval_overrides(const std::vector<std::string>& given) {
  EvaluationConfig evaluation;
  const std::vector<std::string> short_names = Fields::of(evaluation).names();
  std::vector<std::string> overrides;
  const auto sets_threads = [](const std::string& text) {
    return text.starts_with("threads=") || text.starts_with("training.threads=");
  };
  // The checkpoint's number was another machine's, perhaps.
  if (std::ranges::none_of(given, sets_threads)) overrides.push_back("training.threads=0");
  for (const std::string& text : given) {
    const std::string key = text.substr(0, text.find('='));
    if (key == "threads") {
      overrides.push_back("training." + text);
      continue;
    }
    if (std::ranges::find(short_names, key) != short_names.end()) {
      overrides.push_back("evaluation." + text);
      continue;
    }
    SEQRL_REQUIRE(key == "env" || key.starts_with("env.") || key == "device" ||
                      key == "training.threads" || key.starts_with("evaluation"),
                  "command line: '{}': what a checkpoint holds cannot be changed; an evaluation "
                  "takes evaluation.*, env, device and threads",
                  text);
    overrides.push_back(text);
  }
  return overrides;
}

int run_eval(const EvalCommand& command) {
  const auto path = find_checkpoint(command.path);
  const TrainedAgent trained = load_agent(path);
  auto config = read_config_text<RunConfig>(print_config(trained.config), path.string(),
                                            eval_overrides(command.overrides));
  if (config.env.kind() != trained.config.env.kind() &&
      config.evaluation.targets == trained.config.evaluation.targets) {
    config.evaluation.targets.clear();  // they were the other environment's
  }
  config.resolve();
  EvaluationOptions options = evaluation_options(config);
  options.stop = interrupted;
  catch_interrupts();
  ThreadPool pool(config.training.threads);
  const PackedWeights weights(*trained.parameters, false);
  const auto evaluation = evaluate(*trained.agent, weights, options, pool);
  if (!evaluation) {
    std::cerr << "seqrl: interrupted; nothing was evaluated\n";
    return 1;
  }
  if (command.json) {
    std::cout << to_json(*evaluation).dump(2) << "\n";
  } else {
    std::cout << fmt::format("{} after {} steps\n", path.string(), trained.progress.step)
              << to_text(*evaluation);
  }
  return 0;
}

}  // namespace

Command add_eval(CLI::App& program) {
  const auto command = std::make_shared<EvalCommand>();
  CLI::App* app = program.add_subcommand("eval", "evaluate a run's last checkpoint, or any other");
  app->add_option("RUN|CHECKPOINT", command->path)->required();
  app->add_option("key=value", command->overrides,
                  "settings as key=value, such as episodes=10 mode=stream targets=[3600]");
  app->add_flag("--json", command->json, kJsonHelp);
  return {app, [command] { return run_eval(*command); }};
}

}  // namespace seqrl

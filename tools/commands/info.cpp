#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "agents/checkpoint.h"
#include "agents/datasets/load.h"
#include "agents/datasets/summary.h"
#include "configs/config.h"
#include "models/backbones/registry.h"
#include "tools/commands/commands.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

bool is_run_or_checkpoint(const fs::path& path) {
  return path.extension() == ".safetensors" || fs::is_directory(path / "checkpoints") ||
         fs::exists(path / "config.yaml");
}

nlohmann::ordered_json parsed_or_null(const std::string& json) {
  return json.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json::parse(json);
}

// "stream 3600: score 71.2, return 2311.0"
std::string evaluation_text(const nlohmann::ordered_json& evaluation) {
  if (evaluation.is_null()) return "none yet";
  std::string text = fmt::format("after {} steps", evaluation.value("step", std::int64_t{0}));
  for (const auto& target : evaluation.at("targets")) {
    const auto number = [&](const char* key) {
      return target.at(key).is_null() ? std::string("-")
                                      : fmt::format("{:.1f}", target.at(key).get<double>());
    };
    text +=
        fmt::format("\n    {} {}: score {}, return {}, {} episodes",
                    target.at("mode").get<std::string>(), number("target"), number("score_mean"),
                    number("return_mean"), target.at("episodes").get<std::int64_t>());
  }
  return text;
}

int checkpoint_info(const fs::path& path, bool json) {
  const TrainedAgent trained = load_agent(path);
  const RunProgress& progress = trained.progress;
  const RunConfig& config = trained.config;
  std::int64_t backbone = 0;
  trained.agent->for_each_parameter([&](const std::string& name, const Parameter& parameter) {
    if (name.starts_with("backbone.")) backbone += parameter.shape().size();
  });
  const auto last = parsed_or_null(progress.last_evaluation);
  const auto best = parsed_or_null(progress.best_evaluation);
  if (json) {
    const nlohmann::ordered_json document = {
        {"checkpoint", path.string()},
        {"step", progress.step},
        {"steps", config.training.steps},
        {"env", config.env.kind()},
        {"agent", config.agent.kind()},
        {"backbone", backbone == 0 ? nlohmann::ordered_json(nullptr)
                                   : nlohmann::ordered_json(config.backbone.kind())},
        {"parameters", trained.parameters->count()},
        {"backbone_parameters", backbone},
        {"dataset", progress.source},
        {"last", last},
        {"best", best},
        {"config", config_json(config)}};
    std::cout << document.dump(2) << "\n";
    return 0;
  }
  std::cout << fmt::format(
      "checkpoint  {}\nsteps       {} of {}\nagent       {}\nbackbone    {}\n"
      "parameters  {}, {} of them in the backbone\nenv         {}\ndataset     {}\n"
      "last        {}\nbest        {}\n",
      path.string(), progress.step, config.training.steps, config.agent.kind(),
      backbone == 0 ? std::string("none")
                    : fmt::format("{}, dim {}, {} layers", config.backbone.kind(),
                                  config.backbone.shared().dim, config.backbone.shared().layers),
      trained.parameters->count(), backbone, config.env.kind(), progress.source,
      evaluation_text(last), evaluation_text(best));
  return 0;
}

// What a config would train: its resolved keys and the backbone's size.
int config_info(const fs::path& path, bool json) {
  auto config = read_config<RunConfig>(path);
  config.resolve();
  const std::int64_t parameters = count_parameters(config.backbone);
  if (json) {
    const nlohmann::ordered_json document = {{"config", config_json(config)},
                                             {"backbone_parameters", parameters}};
    std::cout << document.dump(2) << "\n";
  } else {
    std::cout << print_config(config)
              << fmt::format("# the backbone, {}, has {} parameters\n", config.backbone.kind(),
                             parameters);
  }
  return 0;
}

int run_info(const std::string& path, bool json) {
  const std::string extension = fs::path(path).extension().string();
  if (extension == ".yaml" || extension == ".yml") return config_info(path, json);
  if (is_run_or_checkpoint(path)) return checkpoint_info(find_checkpoint(path), json);
  const DatasetSummary summary = summarize(load_dataset(path, {.keep_cut_episodes = true}));
  std::cout << (json ? to_json(summary).dump(2) + "\n" : to_text(summary));
  return 0;
}

}  // namespace

Command add_info(CLI::App& program) {
  struct Arguments {
    std::string path;
    bool json = false;
  };
  const auto given = std::make_shared<Arguments>();
  CLI::App* app =
      program.add_subcommand("info", "what is inside a dataset, checkpoint, run or config");
  app->add_option("DATASET|CHECKPOINT|RUN|CONFIG", given->path)->required();
  app->add_flag("--json", given->json, kJsonHelp);
  return {app, [given] { return run_info(given->path, given->json); }};
}

}  // namespace seqrl

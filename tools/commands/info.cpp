#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "agents/config/run_files.h"
#include "agents/datasets/load.h"
#include "agents/datasets/minari.h"
#include "agents/datasets/summary.h"
#include "agents/learning/env_of_run.h"
#include "agents/learning/learner_kind.h"
#include "agents/policies/shipped_policies.h"
#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "configs/schema/scalars.h"
#include "models/backbones/registry.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/output.h"
#include "tools/commands/physics_notes.h"
#include "tools/commands/sweep_info.h"
#include "tools/sweep/plan.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

bool is_run_or_checkpoint(const fs::path& path) {
  const RunFiles run(path);
  return path.extension() == ".safetensors" || fs::is_directory(run.checkpoints()) ||
         fs::exists(run.config());
}

bool is_config(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

nlohmann::ordered_json parsed_or_null(const std::string& json) {
  return json.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json::parse(json);
}

// "window 3600: score 71.2, return 2311.0", or for a task "accuracy 99.12 %, loss 0.0301".
std::string evaluation_text(const nlohmann::ordered_json& evaluation) {
  if (evaluation.is_null()) return "none yet";
  std::string text = fmt::format("after {} steps", evaluation.value("step", std::int64_t{0}));
  const auto add_score = [&](const nlohmann::ordered_json& score) {
    text += fmt::format("accuracy {:.2f} %, loss {:.4f}", 100 * score.at("accuracy").get<double>(),
                        score.at("loss").get<double>());
  };
  if (!evaluation.contains("targets")) {
    text += ": ";
    add_score(evaluation);
    const auto buckets = evaluation.value("buckets", nlohmann::ordered_json::object());
    for (const auto& [name, score] : buckets.items()) {
      text += fmt::format("\n    {:<9} ", printable(name));
      add_score(score);
      if (score.contains("examples")) {  // not in older runs
        text += fmt::format(", {} examples", score.at("examples").get<std::int64_t>());
      }
    }
    return text;
  }
  const auto held_out = evaluation.find("validation_loss");
  if (held_out != evaluation.end() && held_out->is_number()) {
    text += fmt::format("\n    validation loss {:.4g}", held_out->get<double>());
  }
  for (const auto& target : evaluation.at("targets")) {
    const auto number = [&](const char* key) {
      return target.at(key).is_null() ? std::string("-")
                                      : fmt::format("{:.1f}", target.at(key).get<double>());
    };
    text += fmt::format("\n    {} {}: score {}, return {}, {} episodes",
                        printable(target.at("mode").get<std::string>()), number("target"),
                        number("score_mean"), number("return_mean"),
                        target.at("episodes").get<std::int64_t>());
    const auto success = target.find("success_mean");
    if (success != target.end() && success->is_number()) {
      text += fmt::format(", success {:.1f} %", 100 * success->get<double>());
    }
  }
  return text;
}

// The time when a file was written, in UTC.
std::string written(const fs::path& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) fail("cannot read {}", path.string());
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(about.st_mtime));
}

// The box of an agent's actions, low and high; nothing if it is ±1 (older checkpoints have no box).
std::optional<std::array<std::vector<double>, 2>> actions_of(const CheckpointReader& checkpoint) {
  const std::int64_t dim = checkpoint.count("action.low");
  if (dim == 0) return std::nullopt;
  std::array box = {checkpoint.values("action.low", dim), checkpoint.values("action.high", dim)};
  const auto is = [](double value) { return [value](double end) { return end == value; }; };
  if (std::ranges::all_of(box[0], is(-1)) && std::ranges::all_of(box[1], is(1)))
    return std::nullopt;
  return box;
}

// "-3 to 3, 0 to 8"; only the first few of many.
std::string text_of(const std::array<std::vector<double>, 2>& box) {
  constexpr std::size_t kShown = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(box[0].size(), kShown); ++i) {
    text += fmt::format("{}{:.4g} to {:.4g}", i == 0 ? "" : ", ", box[0][i], box[1][i]);
  }
  return box[0].size() > kShown ? text + ", …" : text;
}

int checkpoint_info(const CheckpointReader& checkpoint, bool json) {
  const std::string& path = checkpoint.path();
  const RunConfig config = read_run_config(checkpoint, PluginUse::describe);
  const RunProgress progress = read_run_progress(checkpoint);
  const bool in_file = fs::exists(path);  // else a shipped policy
  const std::int64_t parameters = checkpoint.count("model.");
  const std::int64_t backbone = checkpoint.count("model.backbone.");
  const LearnerKind& kind = learner_kind(config);
  const double lr = kind.lr(config);
  const std::int64_t batch = kind.batch(config);
  const std::string fingerprint =
      checkpoint.has_text("dataset_fingerprint")
          ? fingerprint_text(checkpoint.number<std::uint64_t>("dataset_fingerprint"))
          : "";
  if (config.has_env()) print_physics_notes(config.env, &checkpoint);
  const auto actions = actions_of(checkpoint);
  const auto last = parsed_or_null(progress.last_evaluation);
  const auto best = parsed_or_null(progress.best_evaluation);
  if (json) {
    nlohmann::ordered_json document = {{"checkpoint", path},
                                       {"step", progress.step},
                                       {"steps", config.training.steps},
                                       {"written", in_file ? nlohmann::ordered_json(written(path))
                                                           : nlohmann::ordered_json(nullptr)},
                                       {"seed", config.seed},
                                       {"lr", lr},
                                       {"batch", batch}};
    if (config.trains_task()) {
      document["task"] = config.task.kind();
    } else {
      document["env"] = title_of(config.env);
      document["agent"] = config.agent.kind();
      document["dataset"] = progress.source;
      document["dataset_fingerprint"] = fingerprint.empty() ? nlohmann::ordered_json(nullptr)
                                                            : nlohmann::ordered_json(fingerprint);
      if (actions) document["actions"] = {{"low", (*actions)[0]}, {"high", (*actions)[1]}};
    }
    document["backbone"] = backbone == 0 ? nlohmann::ordered_json(nullptr)
                                         : nlohmann::ordered_json(config.backbone.kind());
    document["parameters"] = parameters;
    document["backbone_parameters"] = backbone;
    document["last"] = last;
    document["best"] = best;
    document["config"] = config_json(config);
    std::cout << indented(document);
    return 0;
  }
  std::cout << fmt::format(
                   "checkpoint  {}\nwritten     {}\nsteps       {} of {}\n"
                   "training    seed {}, lr {}, batch {}\n",
                   printable(path), in_file ? written(path) : "with seqrl", progress.step,
                   config.training.steps, config.seed, lr, batch)
            << (config.trains_task()
                    ? fmt::format("task        {}\n", printable(config.task.kind()))
                    : fmt::format("agent       {}\nenv         {}\ndataset     {}\n",
                                  printable(config.agent.kind()), printable(title_of(config.env)),
                                  printable(progress.source)))
            << (fingerprint.empty() ? "" : fmt::format("fingerprint {}\n", fingerprint))
            << (actions ? fmt::format("actions     {}\n", text_of(*actions)) : "")
            << fmt::format(
                   "backbone    {}\nparameters  {}, {} of them in the backbone\n"
                   "last        {}\nbest        {}\n",
                   backbone == 0
                       ? std::string("none")
                       : fmt::format("{}, dim {}, {} layers", printable(config.backbone.kind()),
                                     config.backbone.shared().dim, config.backbone.shared().layers),
                   parameters, backbone, evaluation_text(last), evaluation_text(best));
  return 0;
}

// Describes what a config would train: its resolved keys and the size of its backbone, if any.
int config_info(const fs::path& path, const std::vector<std::string>& overrides, bool json) {
  std::vector<std::string> notes;
  auto config = read_config<RunConfig>(path, overrides, &notes, PluginUse::describe);
  choose_env(config, notes);
  print_notes(notes);
  config.resolve();
  if (config.has_env()) print_physics_notes(config.env);
  const bool has_backbone = learner_name(config) == config.backbone.kind();
  const bool is_known = has_backbone && config.backbone.described() == nullptr;
  const std::int64_t parameters = is_known ? count_parameters(config.backbone) : 0;
  if (json) {
    std::cout << indented(
        {{"config", config_json(config)},
         {"backbone_parameters", has_backbone && !is_known ? nlohmann::ordered_json(nullptr)
                                                           : nlohmann::ordered_json(parameters)}});
    return 0;
  }
  std::cout << print_config(config);
  if (is_known) {
    std::cout << fmt::format("# the backbone, {}, has {} parameters\n", config.backbone.kind(),
                             parameters);
  } else {
    std::cout << fmt::format(
        "# {} {}\n", printable(learner_name(config)),
        has_backbone ? "is from a plug-in that was not loaded" : "has no backbone");
  }
  return 0;
}

// Takes dataset.python=PYTHON out of the settings and returns its value; "" if there is none.
std::string take_python(std::vector<std::string>& settings) {
  constexpr std::string_view kKey = "dataset.python=";
  std::string python;
  std::erase_if(settings, [&](const std::string& text) {
    const bool given = text.starts_with(kKey);
    if (given) python = home_expanded(text.substr(kKey.size()));
    return given;
  });
  return python;
}

DatasetSummary dataset_summary(const std::string& path, const LoadOptions& options) {
  SEQRL_REQUIRE(!fs::is_directory(path) || find_minari(path),
                "{}: a folder with neither a run (config.yaml) nor a Minari dataset "
                "(data/main_data.hdf5)",
                path);
  return summarize(load_dataset(path, options));
}

int info_of_one(const std::string& path, std::vector<std::string> settings, bool json) {
  if (is_config(path)) {
    return is_sweep(path) ? sweep_info(path, settings, json) : config_info(path, settings, json);
  }
  const CheckpointChoice choice = take_checkpoint(settings);
  const LoadOptions options{.keep_cut_episodes = true, .python = take_python(settings)};
  load_only_plugins("info", settings);
  const bool shipped = !fs::exists(path) && is_shipped_policy(path);
  // Suggests a name for a misspelt policy.
  const bool misspelt =
      !fs::exists(path) && !find_minari(path) && !nearest_name(path, shipped_policies()).empty();
  if (shipped || misspelt || is_run_or_checkpoint(path))
    return checkpoint_info(open_checkpoint(path, choice), json);
  SEQRL_REQUIRE(choice == CheckpointChoice::usual, "checkpoint=…: {} is not a run's folder", path);
  DatasetSummary summary = dataset_summary(path, options);
  if (const auto files = dataset_files(path); !files.empty()) {
    summary.prepared = prepared_copies(files);
  }
  std::cout << (json ? indented(to_json(summary)) : to_text(summary));
  return 0;
}

// Several datasets, each summarised before the next is read.
int info_of_datasets(const std::vector<std::string>& paths, std::vector<std::string> settings,
                     bool json) {
  for (const std::string& path : paths) {
    SEQRL_REQUIRE(!is_config(path) && !is_run_or_checkpoint(path),
                  "info shows several datasets at once, but {} is not a dataset; show it alone",
                  path);
  }
  const LoadOptions options{.keep_cut_episodes = true, .python = take_python(settings)};
  load_only_plugins("info", settings);
  nlohmann::json all = nlohmann::json::array();
  for (const std::string& path : paths) {
    const DatasetSummary summary = dataset_summary(path, options);
    if (json) {
      all.push_back(to_json(summary));
    } else {
      std::cout << (path == paths.front() ? "" : "\n") << to_text(summary) << std::flush;
    }
  }
  if (json) std::cout << indented(all);
  return 0;
}

int run_info(const std::string& path, const std::vector<std::string>& more, bool json) {
  auto [paths, settings] = split_arguments(more);
  if (paths.empty()) return info_of_one(path, std::move(settings), json);
  paths.insert(paths.begin(), path);
  return info_of_datasets(paths, std::move(settings), json);
}

}  // namespace

Command info_command() {
  struct Arguments {
    std::string path;
    std::vector<std::string> more;
    bool json = false;
  };
  const auto given = std::make_shared<Arguments>();
  return {
      .name = "info",
      .help = "describe a dataset, checkpoint, run, config or sweep",
      .arguments = {required("DATASET|CHECKPOINT|RUN|CONFIG|POLICY", &given->path),
                    {"DATASET…|key=value", &given->more,
                     "more datasets, shown one after the other; checkpoint=best for a run; for a "
                     "config, settings that override it"},
                    {"--json", &given->json, kJsonHelp}},
      .examples = {"seqrl info hopper-medium.hdf5", "seqrl info medium.hdf5 expert.hdf5 --json",
                   "seqrl info runs/hopper-min_gru-1",
                   "seqrl info configs/hopper-medium.yaml backbone.dim=256"},
      .run = [given] { return run_info(given->path, given->more, given->json); },
  };
}

}  // namespace seqrl::tools

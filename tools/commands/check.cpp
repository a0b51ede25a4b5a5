#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/collection/check_dataset.h"
#include "agents/datasets/minari.h"
#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/base/printable.h"
#include "configs/base/regular_file.h"
#include "configs/schema/config.h"
#include "configs/schema/plugin.h"
#include "envs/checks/checker.h"
#include "envs/checks/recording.h"
#include "envs/env_config.h"
#include "envs/env_notes.h"
#include "envs/mujoco/mujoco_model.h"
#include "envs/registry.h"
#include "models/backbones/conformance.h"
#include "models/backbones/registry.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/commands/output.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

// By the file's content, whatever its name. A file called .hdf5 also counts; if it holds something
// else, the reader reports that.
bool is_hdf5(const std::filesystem::path& path) {
  char start[4] = {};
  std::ifstream(path, std::ios::binary).read(start, sizeof start);
  return path.extension() == ".hdf5" || std::string_view(start, sizeof start) == "\x89HDF";
}

// Replays a dataset or a recording in the environment that it names, or that `settings` name.
CheckResult replay(const std::string& recording, std::vector<std::string> settings) {
  const std::filesystem::path path = recording;
  SEQRL_REQUIRE(!find_minari(recording) && path.filename() != "main_data.hdf5",
                "{}: a Minari dataset, which may lack the states that a replay starts from; check "
                "replays D4RL files: collect the data with format=d4rl",
                recording);
  SEQRL_REQUIRE(!std::filesystem::is_directory(path),
                "{}: a folder; give a recording (.json) or a collected dataset (.hdf5)", recording);
  require_regular_file(path);
  load_given_plugins(settings);
  const auto names_config = [](const std::string& text) { return text.starts_with("config="); };
  std::optional<std::string> env_config;
  if (std::ranges::any_of(settings, names_config)) env_config = take_env_config(settings);
  if (is_hdf5(path)) {
    ThreadPool pool;
    catch_interrupts();
    return with_progress("check", interrupted, [&](const auto& monitor) {
      return check_dataset(recording, pool, env_config, settings, monitor);
    });
  }
  if (!env_config && settings.empty()) return check_recording(recording, std::nullopt);
  return check_recording(
      recording,
      read_config_text<EnvConfig>(env_config.value_or("{}"), "seqrl check", settings).env);
}

int run_check(const std::string& recording, const std::vector<std::string>& settings, bool json) {
  constexpr double kTolerance = 1e-6;
  const CheckResult result = replay(recording, settings);
  const bool agrees = result.within(kTolerance);
  if (json) {
    std::cout << compact(to_json(result)) << "\n";
  } else {
    std::cout << fmt::format(
        "{}: {} episodes, {} steps, MuJoCo {}\nlargest deviation of observations  {:.3g}\n"
        "largest deviation of rewards       {:.3g}\ntermination mismatches             {}\n{}\n",
        printable(result.env), result.episodes, result.steps, mujoco_version(),
        result.observation_deviation, result.reward_deviation, result.termination_mismatches,
        agrees ? "the recording replays" : "the recording does NOT replay (tolerance 1e-6)");
    for (const std::string& note : result.notes) std::cout << "note: " << printable(note) << "\n";
  }
  return agrees ? 0 : 1;
}

struct BackboneCheck {
  std::vector<std::string> plugins;
  BackboneSection backbone;
  void fields(Fields& field) {
    add_plugins_field(field, plugins);
    field("backbone", backbone, "the sequence model");
  }
};

// Whether an environment keeps the promises of envs/env.h, and stays within its spaces.
int run_check_env(const std::vector<std::string>& settings, bool json) {
  auto config =
      read_config_text<EnvConfig>("{}", "seqrl check", settings, nullptr, PluginUse::load);
  config.env.shared().make_strict();
  std::vector<std::string> broken =
      check_env([&] { return make_env(config.env); }, {.starts_differ = false});
  std::ranges::move(take_env_faults(), std::back_inserter(broken));
  print_notes(take_env_notes());
  const std::unique_ptr<Env> env = make_env(config.env);
  const nlohmann::ordered_json document = {{"env", title_of(config.env)},
                                           {"versions", env->versions()},
                                           {"observation_dim", env->observation_space().dim()},
                                           {"action_dim", env->action_space().dim()},
                                           {"choices", env->action_space().choices},
                                           {"max_episode_steps", env->max_episode_steps()},
                                           {"conforms", broken.empty()},
                                           {"broken", broken}};
  if (json) {
    std::cout << indented(document);
    return broken.empty() ? 0 : 1;
  }
  const Space& actions = env->action_space();
  std::cout << fmt::format(
      "{}: observations of {} numbers, {}, episodes of {} steps at most\n{}", title_of(config.env),
      env->observation_space().dim(),
      actions.is_discrete() ? fmt::format("{} choices", actions.choices)
                            : fmt::format("actions of {} numbers", actions.dim()),
      env->max_episode_steps(), env->versions().empty() ? "" : env->versions() + "\n");
  for (const std::string& claim : broken) std::cout << "BROKEN: " << printable(claim) << "\n";
  std::cout << (broken.empty() ? "the environment fulfils its contract\n"
                               : "the environment does NOT fulfil its contract\n");
  return broken.empty() ? 0 : 1;
}

// Whether a backbone keeps the promises of backbone.h. The backbone is small unless `settings` set
// its size.
int run_check_backbone(const std::vector<std::string>& settings, bool json) {
  register_builtin_backbones();
  auto config = read_config_text<BackboneCheck>("backbone: {kind: min_gru, dim: 16, layers: 2}",
                                                "seqrl check", settings);
  match_parameters(config.backbone);
  const auto found = measure_conformance([&] { return make_backbone(nullptr, config.backbone); });
  const bool conforms =
      std::ranges::all_of(found, [](const Conformance& one) { return one.violation.empty(); });
  nlohmann::ordered_json document = {{"backbone", config.backbone.kind()}, {"conforms", conforms}};
  std::string text =
      fmt::format("{:<22}{:>12}{:>12}\n", config.backbone.kind(), "largest", "allowed");
  for (const Conformance& one : found) {
    document["promises"].push_back({{"name", one.name},
                                    {"largest", one.largest},
                                    {"tolerance", one.tolerance},
                                    {"violation", one.violation}});
    text += fmt::format("{:<22}{:>12.3g}{:>12.3g}  {}\n", one.name, one.largest, one.tolerance,
                        one.violation.empty() ? "kept" : "BROKEN: " + one.violation);
  }
  std::cout << (json ? indented(document) : text);
  return conforms ? 0 : 1;
}

}  // namespace

Command check_command() {
  struct Arguments {
    std::string recording;
    std::vector<std::string> settings;
    bool json = false;
  };
  const auto given = std::make_shared<Arguments>();
  const auto run = [given] {
    if (!is_setting(given->recording)) {
      return run_check(given->recording, given->settings, given->json);
    }
    given->settings.insert(given->settings.begin(), given->recording);
    const bool is_env = std::ranges::any_of(given->settings, [](const std::string& text) {
      return text.starts_with("env=") || text.starts_with("env.");
    });
    if (is_env) return run_check_env(given->settings, given->json);
    return run_check_backbone(given->settings, given->json);
  };
  return {
      .name = "check",
      .help =
          "replay a recording, or check the contract of an environment or a backbone; exit status "
          "1 on failure",
      .arguments = {required(
                        "RECORDING|backbone=NAME|env=NAME", &given->recording,
                        "a recording (.json), a collected dataset (.hdf5), or a backbone or an "
                        "environment whose contract to check, such as backbone=gru backbone.dim=32 "
                        "plugins=[libmine.so], or env='{kind: gymnasium, id: Hopper-v5}'"),
                    {"key=value", &given->settings,
                     "the environment to replay in: env=…, env.model=… if a model has moved, "
                     "config=RUN for that of a run, plugins=[…] if a plug-in provides it"},
                    {"--json", &given->json, kJsonHelp}},
      .examples = {"seqrl check recording.json", "seqrl check hopper-medium.hdf5",
                   "seqrl check backbone=gru backbone.dim=32",
                   "seqrl check env='{kind: gymnasium, id: Hopper-v5, python: venv/bin/python}'"},
      .run = run,
  };
}

}  // namespace seqrl::tools

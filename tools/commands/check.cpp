#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "agents/collection/check_dataset.h"
#include "agents/world_config.h"
#include "configs/config.h"
#include "envs/mujoco_model.h"
#include "envs/recording.h"
#include "tools/commands/commands.h"

namespace seqrl {
namespace {

// Where a recording is replayed, if not where it says.
std::optional<EnvSection> given_env(std::vector<std::string> settings) {
  if (settings.empty()) return std::nullopt;
  const std::string world = take_world(settings);
  return read_config_text<WorldConfig>(world, "seqrl check", settings).env;
}

int run_check(const std::string& recording, const std::vector<std::string>& settings, bool json) {
  constexpr double kTolerance = 1e-6;
  const std::optional<EnvSection> env = given_env(settings);
  ThreadPool pool;
  const CheckResult result = std::filesystem::path(recording).extension() == ".hdf5"
                                 ? check_dataset(recording, pool, env)
                                 : check_recording(recording, env);
  const bool agrees = result.within(kTolerance);
  if (json) {
    std::cout << to_json(result).dump() << "\n";
  } else {
    std::cout << fmt::format(
        "{}: {} episodes, {} steps, MuJoCo {}\nlargest deviation of observations  {:.3g}\n"
        "largest deviation of rewards       {:.3g}\ntermination mismatches             {}\n{}\n",
        result.env, result.episodes, result.steps, mujoco_version(), result.observation_deviation,
        result.reward_deviation, result.termination_mismatches,
        agrees ? "the recording replays" : "the recording does NOT replay (tolerance 1e-6)");
    for (const std::string& note : result.notes) std::cout << "note: " << note << "\n";
  }
  return agrees ? 0 : 1;
}

}  // namespace

Command add_check(CLI::App& program) {
  struct Arguments {
    std::string recording;
    std::vector<std::string> settings;
    bool json = false;
  };
  const auto given = std::make_shared<Arguments>();
  CLI::App* app =
      program.add_subcommand("check", "replay a recorded trajectory; exit status 1 past 1e-6");
  app->add_option("RECORDING.json", given->recording)->required();
  app->add_option("key=value", given->settings,
                  "the environment to replay it in: env=…, or config=FILE for that run's");
  app->add_flag("--json", given->json, kJsonHelp);
  return {app, [given] { return run_check(given->recording, given->settings, given->json); }};
}

}  // namespace seqrl

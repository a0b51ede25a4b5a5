#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>

#include "agents/checkpoint.h"
#include "agents/episode_seed.h"
#include "agents/evaluator.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/config.h"
#include "envs/registry.h"
#include "envs/renderer.h"
#include "tools/commands/commands.h"
#include "tools/progress.h"
#include "tools/video/player.h"
#include "tools/video/video_file.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

struct RenderConfig {
  std::string output, mode, choose = "first", camera;
  std::optional<double> target;
  std::int64_t episodes = 10;
  std::uint64_t seed = 0;
  int width = 640, height = 480;
  double fps = 60;

  void fields(Fields& field) {
    const auto is_mp4 = [](const std::string& name) {
      return name.empty() || fs::path(name).extension() == ".mp4";
    };
    field("output", output, "the video; \"\" = video.mp4 in the run's folder",
          string_that("a file's name that ends in .mp4", is_mp4));
    field("target", target, "the return to ask for; null = the run's first target");
    field("mode", mode, "how to act; \"\" = the run's first mode",
          one_of({"", "window", "stream"}));
    field("episodes", episodes, "those of 'seqrl eval' to choose the best or worst from",
          in_range(1, 1 << 20));
    field("choose", choose, "which of them to show, by its return",
          one_of({"best", "worst", "first"}));
    field("seed", seed, "of the episodes' start states");
    field("camera", camera,
          "of the model, by name or number; track = go along with it; free = where MuJoCo looks "
          "from; \"\" = 'side', or track");
    const Rule even = number_that("even", [](double n) { return std::fmod(n, 2) == 0; });
    field("width", width, "pixels", in_range(16, 4096), even);
    field("height", height, "pixels", in_range(16, 4096), even);
    field("fps", fps, "frames a second at most; the video runs as fast as the world", positive());
  }
};

// Frames show every n-th step: real time, and no frame twice.
int steps_per_frame(const MujocoEnv& env, double fps) {
  return std::max(1, static_cast<int>(std::ceil(1 / (env.step_seconds() * fps) - 1e-9)));
}

fs::path output_of(const RenderConfig& config, const fs::path& run) {
  if (!config.output.empty()) return config.output;
  return (fs::is_directory(run) ? run : run.parent_path()) / "video.mp4";
}

struct Episode {
  std::int64_t number = 0;
  Played played;
};

// The episode to show; nothing when interrupted.
template <typename Play>
std::optional<Episode> choose_episode(const RenderConfig& config, const Play& play) {
  if (config.choose == "first") return Episode{};
  std::optional<Episode> chosen;
  for (std::int64_t i = 0; i < config.episodes; ++i) {
    const Episode episode{i, play(i, [](const Played&) { return !interrupted(); })};
    if (interrupted()) return std::nullopt;
    if (!episode.played.valid) continue;
    const bool better =
        !chosen || (config.choose == "best" ? episode.played.total > chosen->played.total
                                            : episode.played.total < chosen->played.total);
    if (better) chosen = episode;
  }
  if (!chosen) fail("the simulation broke in all {} episodes", config.episodes);
  return chosen;
}

// What an evaluation of the agent is, with what `settings` say of its environment, which are taken
// out of them.
EvaluationOptions take_options(const TrainedAgent& trained, const std::string& path,
                               std::vector<std::string>& settings) {
  const auto of_env = [](const std::string& text) {
    return text.starts_with("env=") || text.starts_with("env.");
  };
  std::vector<std::string> given;
  std::ranges::copy_if(settings, std::back_inserter(given), of_env);
  std::erase_if(settings, of_env);
  auto config = read_config_text<RunConfig>(print_config(trained.config), path, given);
  config.resolve();
  return evaluation_options(config);
}

int run_render(const std::string& path, std::vector<std::string> settings) {
  load_given_plugins(settings);
  const TrainedAgent trained = load_agent(find_checkpoint(path));
  const EvaluationOptions options = take_options(trained, path, settings);
  const auto config = read_config_text<RenderConfig>("{}", "seqrl render", settings);
  const std::unique_ptr<Env> env = make_env(options.env);
  require_fit(*trained.agent, *env);
  const auto* world = dynamic_cast<const MujocoEnv*>(env.get());
  SEQRL_REQUIRE(world != nullptr, "{} is not simulated by MuJoCo: it cannot be drawn",
                title_of(options.env));

  std::optional<double> target = config.target;
  if (!target && !options.targets.empty()) target = options.targets.front();
  if (!trained.agent->uses_targets()) target = std::nullopt;
  const ActMode mode = config.mode.empty() ? options.modes.front() : act_mode(config.mode);
  const PackedWeights weights(*trained.parameters, false);
  const auto play = [&](std::int64_t episode, const std::function<bool(const Played&)>& watch) {
    return play_episode(trained, weights, mode, target,
                        episode_seed(config.seed, EpisodeUse::evaluation, episode), *env, watch);
  };

  catch_interrupts();
  const fs::path output = output_of(config, path);
  const int stride = steps_per_frame(*world, config.fps);
  if (output.has_parent_path()) make_folder(output.parent_path());
  // First what may be missing, then the work.
  Renderer renderer(world->model(), config.width, config.height, config.camera);
  VideoFile video(output, config.width, config.height, 1 / (world->step_seconds() * stride));
  const std::optional<Episode> chosen = choose_episode(config, play);
  Played shown;
  if (chosen) {
    Progress progress(std::cerr, terminal_of(STDERR_FILENO), "render", 0, env->max_episode_steps());
    shown = play(chosen->number, [&](const Played& now) {
      progress.update(now.steps);
      if (now.steps % stride != 0) return !interrupted();
      std::vector<Caption> captions = {{"return", fmt::format("{:.0f}", now.total)}};
      if (target) captions.push_back({"target", fmt::format("{:g}", *target)});
      captions.push_back({"seconds", fmt::format("{:.2f}", now.steps * world->step_seconds())});
      captions.push_back({title_of(options.env), learner_name(trained.config)});
      video.add(renderer.draw(*world, captions));
      return !interrupted();
    });
  }
  if (interrupted()) {
    std::cerr << "seqrl: interrupted; no video was written\n";
    return 1;
  }
  video.finish();
  std::cout << fmt::format("{}: episode {} of seed {}, return {:.1f} in {} steps{}\n",
                           output.string(), chosen->number, config.seed, shown.total, shown.steps,
                           target ? fmt::format(", target {:g}", *target) : "");
  return 0;
}

}  // namespace

Command add_render(CLI::App& program) {
  struct Arguments {
    std::string path;
    std::vector<std::string> settings;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* app = program.add_subcommand("render", "a video of an agent, in MuJoCo");
  app->add_option("RUN|CHECKPOINT", arguments->path)->required();
  app->add_option("key=value", arguments->settings,
                  "such as output=FILE.mp4 target=3600 choose=best|worst|first "
                  "episodes=10 (to choose from) "
                  "camera=NAME width=640 height=480 fps=60 mode=stream seed=0 env.model=FILE, " +
                      std::string(kPluginsHelp));
  return {app, [arguments] { return run_render(arguments->path, arguments->settings); }};
}

}  // namespace seqrl

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agents/config/run_files.h"
#include "agents/evaluation/episode_seed.h"
#include "agents/evaluation/evaluator.h"
#include "agents/policies/shipped_policies.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "envs/registry.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/video/frames.h"
#include "tools/video/player.h"
#include "tools/video/video_file.h"
#include "tools/work_display.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

struct RenderConfig {
  std::string output, mode, episode = "0", camera;
  std::vector<double> targets;
  std::int64_t episodes = 10;
  std::uint64_t seed = 0;
  int width = 640, height = 480;
  double fps = 60;

  void fields(Fields& field) {
    const auto is_episode = [](const std::string& name) {
      const bool digits = std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
      return name == "best" || name == "worst" || name == "median" ||
             (digits && !name.empty() && name.size() < 8);
    };
    const auto is_video = [](const std::string& name) {
      const fs::path extension = fs::path(name).extension();
      return name.empty() || extension == ".mp4" || extension == ".gif";
    };
    field("output", output,
          "file of the video; \"\" = video.mp4 in the run's folder, or POLICY.mp4",
          string_that("a file name that ends in .mp4 or .gif", is_video), file_path());
    field("targets", targets, "target return, exactly one; [] = the run's first target");
    field.check(
        "targets", [this] { return targets.size() < 2; },
        "contain one return: a video shows one episode");
    field("mode", mode, "how to act; \"\" = the run's first mode",
          one_of({"", "window", "stream"}));
    field(
        "episode", episode,
        "episode to show, of those of 'seqrl eval': its number, or best, worst or median by return",
        string_that("best, worst, median or a number", is_episode));
    field("episodes", episodes, "number of episodes that best, worst and median choose from",
          in_range(1, 1 << 20));
    field("seed", seed, "seed of the episodes' start states");
    field("camera", camera,
          "camera of the MuJoCo model, by name or number; track = follow the robot; free = "
          "MuJoCo's default view; \"\" = 'side', or else track");
    const Rule even = number_that("even", [](double n) { return std::fmod(n, 2) == 0; });
    field("width", width, "width in pixels; Gymnasium's frames keep their size", in_range(16, 4096),
          even);
    field("height", height, "height in pixels", in_range(16, 4096), even);
    field("fps", fps, "maximum frames per second; the video runs in real time", positive());
  }
};

// Frames show every n-th step, in real time, without repeated frames.
int steps_per_frame(double step_seconds, double fps) {
  return std::max(1, static_cast<int>(std::ceil(1 / (step_seconds * fps) - 1e-9)));
}

fs::path output_of(const RenderConfig& config, const fs::path& run) {
  if (!config.output.empty()) return config.output;
  if (!fs::exists(run)) return run.string() + ".mp4";  // a shipped policy, by its name
  return RunFiles(fs::is_directory(run) ? run : run.parent_path()).video();
}

// The number of the episode to show; nothing if the monitor stopped it. For an even number of
// episodes the median is the lower one.
template <typename Play>
std::optional<std::int64_t> choose_episode(const RenderConfig& config, const Play& play,
                                           const ProgressMonitor& monitor) {
  if (std::isdigit(static_cast<unsigned char>(config.episode[0])) != 0) {
    return std::stoll(config.episode);
  }
  std::vector<std::pair<double, std::int64_t>> played;  // returns and numbers
  for (std::int64_t i = 0; i < config.episodes; ++i) {
    monitor.advance(i, config.episodes, "episodes");
    const EpisodeProgress result =
        play(i, [&](const EpisodeProgress&) { return !monitor.stopped(); });
    if (monitor.stopped()) return std::nullopt;
    if (result.valid) played.emplace_back(result.total, i);
  }
  if (played.empty()) fail("the simulation broke in all {} episodes", config.episodes);
  // If returns are equal, the first episode.
  std::ranges::stable_sort(played, {}, [](const auto& one) { return one.first; });
  const auto number_at = [&](double total) {
    return std::ranges::find(played, total, [](const auto& one) { return one.first; })->second;
  };
  if (config.episode == "worst") return number_at(played.front().first);
  if (config.episode == "best") return number_at(played.back().first);
  return number_at(played[(played.size() - 1) / 2].first);
}

// `choose` is the former name of `episode`.
void require_no_choose(const std::vector<std::string>& settings) {
  for (const std::string& text : settings) {
    SEQRL_REQUIRE(!text.starts_with("choose="),
                  "command line: {}: use episode={}: best, worst, median or a number", shown(text),
                  text == "choose=first" ? "0" : text.substr(7));
  }
}

int run_render(const std::string& path, std::vector<std::string> settings) {
  load_given_plugins(settings);
  require_no_choose(settings);
  accept_target(settings);
  const CheckpointChoice choice = take_checkpoint(settings);
  const TrainedAgent trained = find_agent(path, choice);
  const EvaluationOptions options = take_evaluation(trained, path, settings);
  const auto config = read_config_text<RenderConfig>("{}", "seqrl render", settings);
  const std::unique_ptr<Env> env = make_env(options.env);
  require_fit(*trained.agent, *env);
  std::optional<double> target;
  if (!options.targets.empty()) target = options.targets.front();
  if (!config.targets.empty()) target = config.targets.front();
  if (!trained.agent->uses_targets()) target = std::nullopt;
  const ActMode mode = config.mode.empty() ? options.modes.front() : act_mode(config.mode);
  const PackedWeights weights(*trained.parameters, false);
  const auto play = [&](std::int64_t episode,
                        const std::function<bool(const EpisodeProgress&)>& on_step) {
    return play_episode(trained, weights, mode, target,
                        episode_seed(config.seed, EpisodeUse::evaluation, episode), *env, on_step);
  };

  catch_interrupts();
  const fs::path output = output_of(config, path);
  if (output.has_parent_path()) make_folder(output.parent_path());
  // Checks for missing programs before the work.
  const auto frames =
      make_frames(*env, title_of(options.env),
                  {.width = config.width, .height = config.height, .camera = config.camera});
  const int stride = steps_per_frame(frames->step_seconds(), config.fps);
  VideoFile video(output, frames->width(), frames->height(), 1 / (frames->step_seconds() * stride));
  const std::optional<std::int64_t> chosen =
      with_progress("play", interrupted,
                    [&](const auto& monitor) { return choose_episode(config, play, monitor); });
  const auto draw = [&](const ProgressMonitor& monitor) {
    return play(*chosen, [&](const EpisodeProgress& now) {
      monitor.advance(now.steps, env->max_episode_steps(), "steps");
      if (now.steps % stride != 0) return !interrupted();
      std::vector<Caption> captions = {{"return", fmt::format("{:.0f}", now.total)}};
      if (target) captions.push_back({"target", fmt::format("{:g}", *target)});
      captions.push_back({"seconds", fmt::format("{:.2f}", now.steps * frames->step_seconds())});
      captions.push_back({title_of(options.env), learner_name(trained.config)});
      video.add(frames->draw(captions));
      return !interrupted();
    });
  };
  EpisodeProgress shown;
  if (chosen) shown = with_progress("render", interrupted, draw);
  if (interrupted()) return report_interruption("no video was written");
  video.finish();
  std::cout << fmt::format("{}: episode {} of seed {}, return {:.1f} in {} steps{}\n",
                           printable(output.string()), *chosen, config.seed, shown.total,
                           shown.steps, target ? fmt::format(", target {:g}", *target) : "");
  return 0;
}

}  // namespace

Command render_command() {
  const auto given = std::make_shared<PathAndSettings>();
  return {
      .name = "render",
      .help = "render a video of an agent, with MuJoCo or Gymnasium",
      .arguments = {required("RUN|CHECKPOINT|POLICY", &given->path),
                    {"key=value", &given->settings,
                     "such as output=FILE.mp4|FILE.gif targets=3600 episode=best|worst|median|N "
                     "episodes=10 (to choose from) checkpoint=best "
                     "camera=NAME width=640 height=480 fps=60 mode=stream seed=0 env.model=FILE, " +
                         std::string(kPluginsHelp)}},
      .examples = {"seqrl render runs/hopper-min_gru-1 episode=best target=3600",
                   "seqrl render hopper-expert output=hopper.gif width=320 height=240"},
      .run = [given] { return run_render(given->path, given->settings); },
  };
}

}  // namespace seqrl::tools

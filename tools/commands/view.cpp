#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "agents/policies/shipped_policies.h"
#include "configs/base/error.h"
#include "configs/base/stopwatch.h"
#include "configs/schema/config.h"
#include "envs/registry.h"
#include "envs/render/window.h"
#include "tools/commands/agent_arguments.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/view/session.h"

namespace seqrl::tools {
namespace {

constexpr double kFrameSeconds = 1.0 / 60;
constexpr double kLongestFrame = 0.1;  // seconds; longer delays are not made up

struct ViewConfig {
  std::string mode, camera;
  std::vector<double> targets;
  std::int64_t episode = 0;
  std::uint64_t seed = 0;
  int width = 960, height = 720;
  double speed = 1;
  std::int64_t frames = 0;

  void fields(Fields& field) {
    field("targets", targets, "target return, exactly one; [] = the run's first target");
    field.check(
        "targets", [this] { return targets.size() < 2; }, "contain one return: keys change it");
    field("mode", mode, "how to act; \"\" = the run's first mode",
          one_of({"", "window", "stream"}));
    field("episode", episode, "first episode to show, of those of 'seqrl eval'",
          in_range(0, 1 << 20));
    field("seed", seed, "seed of the episodes' start states");
    field("camera", camera, "as in render; \"\" = 'side', or else track");
    field("width", width, "width of the window, in pixels", in_range(64, 16384));
    field("height", height, "height of the window, in pixels", in_range(64, 16384));
    field("speed", speed, "1 = real time", in_range(0.0625, 16));
    field("frames", frames,
          "number of frames to show, of 1/60 s of simulated time each; 0 = until the window is "
          "closed",
          in_range(0, 1 << 30));
  }
};

// The environment, if MuJoCo simulates it.
MujocoEnv& simulated(Env& env, const std::string& path) {
  auto* mujoco = dynamic_cast<MujocoEnv*>(&env);
  SEQRL_REQUIRE(mujoco != nullptr,
                "{} is not simulated by MuJoCo, so view cannot show it; seqrl render {} renders "
                "what Gymnasium supports",
                env.name(), path);
  return *mujoco;
}

std::string state_of(const ViewSession& session) {
  return session.ended() ? "episode over" : session.paused() ? "paused" : "";
}

// Shows the session until the window is closed, ctrl-C is pressed or the frame limit is reached.
void watch(ViewSession& session, ScreenWindow& window, MujocoEnv& env, std::int64_t frames) {
  bool helps = true;
  Stopwatch since;  // since the last picture
  for (std::int64_t drawn = 0; window.is_open() && !interrupted(); ++drawn) {
    if (frames > 0 && drawn == frames) return;
    window.wait(frames > 0 ? 0 : kFrameSeconds - since.seconds());
    for (const std::string& key : window.take_keys()) {
      if (key == "q" || key == "escape") return;
      if (key == "h") helps = !helps;
      if (key == "c") window.next_camera();
      session.press(key);
    }
    const double passed = frames > 0 ? kFrameSeconds : std::min(since.seconds(), kLongestFrame);
    since = Stopwatch();
    const double step = env.step_seconds();
    session.advance(passed, static_cast<int>(kLongestFrame * session.speed() / step) + 1);
    std::vector<Caption> captions = session.captions();
    captions.push_back({"camera", window.camera()});
    window.draw(env, captions, helps ? ViewSession::help() : std::vector<Caption>{{"h", "help"}},
                state_of(session));
  }
}

int run_view(const std::string& path, std::vector<std::string> settings) {
  load_given_plugins(settings);
  accept_target(settings);
  const CheckpointChoice choice = take_checkpoint(settings);
  const TrainedAgent trained = find_agent(path, choice);
  const EvaluationOptions options = take_evaluation(trained, path, settings);
  const auto config = read_config_text<ViewConfig>("{}", "seqrl view", settings);
  const std::unique_ptr<Env> made = make_env(options.env);
  require_fit(*trained.agent, *made);
  MujocoEnv& env = simulated(*made, path);
  ViewSession::Options session_options{
      .mode = config.mode.empty() ? options.modes.front() : act_mode(config.mode),
      .seed = config.seed,
      .episode = config.episode,
      .speed = config.speed};
  if (trained.agent->uses_targets()) {
    if (!options.targets.empty()) session_options.target = options.targets.front();
    if (!config.targets.empty()) session_options.target = config.targets.front();
  }
  const PackedWeights weights(*trained.parameters, false);
  catch_interrupts();
  const std::string title =
      fmt::format("{} in {}", learner_name(trained.config), title_of(options.env));
  ScreenWindow window(env.model(), title, config.width, config.height, config.camera);
  ViewSession session(trained, weights, env, env.step_seconds(), session_options,
                      [&] { window.pull(env); });
  watch(session, window, env, config.frames);
  std::cout << fmt::format("episode {} of seed {}, return {:.1f} in {} steps{}\n",
                           session.episode(), config.seed, session.total(), session.steps(),
                           session.target() ? fmt::format(", target {:g}", *session.target()) : "");
  return 0;
}

}  // namespace

Command view_command() {
  const auto given = std::make_shared<PathAndSettings>();
  return {
      .name = "view",
      .help = "show an agent in a window, where keys and the mouse can disturb it",
      .arguments = {required("RUN|CHECKPOINT|POLICY", &given->path),
                    {"key=value", &given->settings,
                     "such as targets=3600 episode=0 seed=0 checkpoint=best speed=1 camera=NAME "
                     "width=960 height=720 mode=stream frames=N (then it ends) env.model=FILE, " +
                         std::string(kPluginsHelp)}},
      .examples = {"seqrl view hopper-expert", "seqrl view runs/hopper-min_gru-1 target=3600"},
      .run = [given] { return run_view(given->path, given->settings); },
  };
}

}  // namespace seqrl::tools

#include "tools/view/session.h"

#include "agents/evaluation/episode_seed.h"
#include "envs/registry.h"
#include "tests/tools/program/program.h"
#include "tools/video/player.h"

using namespace seqrl;
using namespace seqrl::tools;

namespace {

constexpr double kStep = 0.008;  // hopper's, in seconds

// A run's agent, viewed in its environment.
struct Watched {
  explicit Watched(const Workspace& folder, const ViewSession::Options& options = {.target = 100})
      : trained(load_agent(find_checkpoint(folder / "run"))),
        weights(*trained.parameters, false),
        env(make_env("hopper")),
        session(trained, weights, *env, kStep, options, [this] { ++steps; }) {}

  TrainedAgent trained;
  PackedWeights weights;
  std::unique_ptr<Env> env;
  int steps = 0;
  ViewSession session;
};

std::string caption(const ViewSession& session, const std::string& name) {
  for (const Caption& line : session.captions()) {
    if (line.name == name) return line.value;
  }
  return "none";
}

}  // namespace

TEST_CASE("view plays the same episode as eval, then the next one") {
  const Workspace folder;
  Watched watched(folder, {.target = 100, .seed = 3, .episode = 2});
  const std::unique_ptr<Env> env = make_env("hopper");
  const EpisodeProgress played = play_episode(watched.trained, watched.weights, ActMode::window,
                                              100, episode_seed(3, EpisodeUse::evaluation, 2), *env,
                                              [](const auto&) { return true; });
  for (int i = 0; i < 2000 && !watched.session.ended(); ++i) watched.session.advance(kStep, 1);
  CHECK(watched.session.ended());
  CHECK(watched.session.total() == played.total);
  CHECK(watched.session.steps() == played.steps);
  CHECK(watched.steps == played.steps);
  // The session pauses for a second, then the next episode begins.
  watched.session.advance(0.9, 10);
  CHECK(watched.session.episode() == 2);
  watched.session.advance(0.2, 10);
  CHECK(watched.session.episode() == 3);
  CHECK(watched.session.steps() == 0);
}

TEST_CASE("steps follow the chosen speed, and late steps are dropped") {
  const Workspace folder;
  Watched watched(folder);
  for (int i = 0; i < 4; ++i) watched.session.advance(kStep / 2, 10);
  CHECK(watched.session.steps() == 2);
  watched.session.press("+");
  watched.session.advance(kStep, 10);
  CHECK(watched.session.steps() == 4);
  watched.session.press("-");
  watched.session.press("-");
  watched.session.advance(kStep, 10);
  CHECK(watched.session.steps() == 4);
  watched.session.advance(kStep, 10);
  CHECK(watched.session.steps() == 5);
  watched.session.advance(10, 3);
  CHECK(watched.session.steps() == 8);
  watched.session.advance(0, 3);
  CHECK(watched.session.steps() == 8);
}

TEST_CASE("keys pause, step and choose episodes") {
  const Workspace folder;
  Watched watched(folder);
  ViewSession& session = watched.session;
  CHECK(session.press(" "));
  session.advance(1, 100);
  CHECK(session.steps() == 0);
  CHECK(session.press("right"));
  CHECK(session.steps() == 1);
  CHECK(session.paused());
  CHECK(session.press("n"));
  CHECK(session.press("n"));
  CHECK(session.press("p"));
  CHECK(session.episode() == 1);
  CHECK(session.steps() == 0);
  CHECK(session.press("p"));
  CHECK(session.press("p"));  // there is none before the first
  CHECK(session.episode() == 0);
  CHECK_FALSE(session.press("x"));
}

TEST_CASE("a changed target takes effect at the next step") {
  const Workspace folder;
  const auto total_after = [&](const std::vector<std::string>& at_first,
                               const std::vector<std::string>& later, double target) {
    Watched watched(folder, {.target = target});
    for (const std::string& key : at_first) watched.session.press(key);
    for (int i = 0; i < 4; ++i) watched.session.press("right");
    for (const std::string& key : later) watched.session.press(key);
    for (int i = 0; i < 4; ++i) watched.session.press("right");
    return watched.session.total();
  };
  const std::vector<std::string> none, up(10, "up"), down(10, "down");
  std::vector<std::string> both = up;
  both.insert(both.end(), down.begin(), down.end());
  CHECK(total_after(none, none, 1000) != total_after(none, none, 2000));
  CHECK(total_after(up, none, 1000) == total_after(none, none, 2000));
  CHECK(total_after(none, up, 1000) != total_after(none, none, 1000));
  CHECK(total_after(none, both, 1000) == total_after(none, none, 1000));
  Watched watched(folder, {.target = 1000});
  watched.session.press("up");
  CHECK(caption(watched.session, "target") == "1100");
}

TEST_CASE("an agent without targets ignores the target keys") {
  const Workspace folder;
  Watched watched(folder, {});
  CHECK(watched.session.press("up"));
  CHECK(!watched.session.target());
  CHECK(caption(watched.session, "target") == "none");
}

#include "envs/gymnasium/gymnasium_env.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <thread>

#include "configs/base/error.h"
#include "envs/checks/checker.h"
#include "envs/stepping_speed.h"
#include "tests/catch.h"
#include "tests/envs/gymnasium/worlds.h"

using namespace seqrl;

namespace {

using Values = std::vector<double>;

Values reset(Env& env, std::uint64_t seed) {
  Values observation(static_cast<std::size_t>(env.observation_space().dim()));
  env.reset(seed, observation);
  return observation;
}

struct Episode {
  Values rewards, observations;
  StepOutcome last;
};

double action_at(std::uint64_t seed, int step) {
  return 0.3 * std::sin(static_cast<double>(seed) + step);
}

Episode play(Env& env, std::uint64_t seed) {
  Episode episode;
  episode.observations = reset(env, seed);
  Values observation = episode.observations;
  for (int i = 0; !episode.last.done(); ++i) {
    episode.last = env.step(std::array{action_at(seed, i)}, observation);
    episode.rewards.push_back(episode.last.reward);
    episode.observations.insert(episode.observations.end(), observation.begin(), observation.end());
  }
  return episode;
}

// The same episodes, those of `seeds`, in a batch, with the rows of a call in varying order.
std::vector<Episode> play_together(const EnvSection& section,
                                   const std::vector<std::uint64_t>& seeds) {
  const auto batch = make_env_batch(section, seeds.size());
  std::vector<Episode> episodes(seeds.size());
  std::vector<Values> now(seeds.size(), Values(2));
  std::vector<ResetRow> starts;
  for (std::size_t i = 0; i < seeds.size(); ++i) starts.push_back({i, seeds[i], now[i]});
  batch->reset(starts);
  for (std::size_t i = 0; i < seeds.size(); ++i) episodes[i].observations = now[i];
  for (int t = 0;; ++t) {
    Values actions;
    for (const std::uint64_t seed : seeds) actions.push_back(action_at(seed, t));
    std::vector<StepRow> rows;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      if (!episodes[i].last.done()) rows.push_back({i, {&actions[i], 1}, now[i]});
    }
    if (rows.empty()) return episodes;
    if (t % 2 == 1) std::ranges::reverse(rows);
    batch->step(rows);
    for (const StepRow& row : rows) {
      Episode& episode = episodes[row.slot];
      episode.last = row.outcome;
      episode.rewards.push_back(row.outcome.reward);
      episode.observations.insert(episode.observations.end(), now[row.slot].begin(),
                                  now[row.slot].end());
    }
  }
}

std::string error_of(const EnvSection& section) {
  try {
    make_env(section);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a Python environment passes the interface checks", "[gymnasium]") {
  const EnvSection section = world("Point-v0");
  CHECK(check_env([&] { return make_env(section); }) == std::vector<std::string>{});
  CHECK(make_env(section)->name() == "worlds:Point-v0");
  CHECK(make_env(section)->versions().starts_with("gymnasium 0.test, "));
}

TEST_CASE("episodes stepped in one call match those stepped alone", "[gymnasium]") {
  const EnvSection section = world("Point-v0");
  const std::vector<std::uint64_t> seeds = {5, 1, 8, 1};
  const std::vector<Episode> together = play_together(section, seeds);
  const auto env = make_env(section);
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    const Episode alone = play(*env, seeds[i]);
    CHECK(together[i].rewards == alone.rewards);
    CHECK(together[i].observations == alone.observations);
    CHECK(alone.rewards.size() == 10);
    CHECK(alone.last.truncated);
    CHECK_FALSE(alone.last.terminated);
  }
}

TEST_CASE("each process can sleep while the other works", "[gymnasium]") {
  const EnvSection section = world("Point-v0", "options: {pause: 0.01}");
  const auto slow = make_env(section), quick = make_env(world("Point-v0"));
  Values from_slow = reset(*slow, 3), from_quick = reset(*quick, 3);
  for (int t = 0; t < 10; ++t) {
    CAPTURE(t);
    if (t % 2 == 1) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    const StepOutcome outcome = slow->step(std::array{0.3}, from_slow);
    CHECK(outcome.reward == quick->step(std::array{0.3}, from_quick).reward);
    CHECK(from_slow == from_quick);
  }
}

TEST_CASE("observations are flattened in the order of the environment's spaces", "[gymnasium]") {
  for (const bool numpy : {true, false}) {
    // Another limit needs another worker, which reads the path at its start.
    const EnvSection section = world("Mixed-v0", numpy ? "" : "max_episode_steps: 4");
    if (!numpy) {
      const std::string path = std::string(kWorldsPath) + "/../without_numpy:" + kWorldsPath;
      ::setenv("PYTHONPATH", path.c_str(), 1);
    }
    const auto env = make_env(section);
    CHECK(reset(*env, 0) == Values{0, 0.1, 0.2, 0.3, 0, 1, 0, 1, 0, 0.25, -1});
    CHECK(env->observation_space().low == Values{0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -2});
    CHECK(env->observation_space().high == Values{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2});
    // The environment calls the last of four choices 2.
    CHECK(env->action_space().choices == 4);
    CHECK(env->action_space().high == Values{3});
    Values observation(11);
    CHECK_FALSE(env->step(std::array{1.0}, observation).done());
    CHECK(observation.back() == 0);
    CHECK(env->step(std::array{3.0}, observation).terminated);
    CHECK(observation.back() == 2);
  }
}

TEST_CASE("a run's environment records its layout and versions, and rejects another layout",
          "[gymnasium]") {
  EnvSection section = world("Mixed-v0");
  section.shared().resolve();
  const auto& options = section.as<GymnasiumOptions>();
  CHECK(options.layout == "both.0[4], both.1 discrete[2], door discrete[3], place[2]");
  CHECK(options.versions->starts_with("gymnasium 0.test"));
  make_env(section);
  section.as<GymnasiumOptions>().layout = "place[2], door discrete[3]";
  CHECK_THAT(error_of(section),
             Catch::Contains("but were place[2], door discrete[3] when the run"));
}

TEST_CASE("success and the step limit are passed on", "[gymnasium]") {
  const auto env = make_env(world("Point", "max_episode_steps: 3, wrappers: [worlds:Doubled]"));
  CHECK(env->max_episode_steps() == 3);
  Values observation = reset(*env, 3);
  StepOutcome outcome;
  for (int i = 0; i < 3; ++i) {
    const double place = observation[0];
    // Towards zero, as far as a step of 0.5 reaches.
    outcome = env->step(std::array{-2 * place}, observation);
    CHECK(outcome.reward == -2 * std::abs(observation[0]));
    CHECK(outcome.success == (std::abs(observation[0]) < 0.1));
  }
  CHECK(outcome.truncated);
  CHECK(outcome.success == true);
  CHECK(make_env(world("Counting-v0"))->max_episode_steps() == 7);
  Values other(11);
  const auto mixed = make_env(world("Mixed-v0"));
  mixed->reset(0, other);
  CHECK_FALSE(mixed->step(std::array{0.0}, other).success.has_value());
}

TEST_CASE("a fault in a step makes the episode invalid, and the next one starts normally",
          "[gymnasium]") {
  struct Fault {
    const char *options, *note;
  };
  const Fault fault = GENERATE(
      Fault{"options: {fault: raise}", "an episode is invalid: ValueError: boom (worlds.py"},
      Fault{"options: {fault: kill}", "its process was terminated by a signal: Killed"},
      Fault{"options: {fault: exit}",
            "its process ended with exit status 3; its last output: last words"},
      Fault{"options: {fault: hang}, timeout: 2",
            "its process did not answer for 2 s (env.timeout) and was stopped"},
      Fault{"options: {fault: nan}", "a reward or an observation is not finite"},
      Fault{"options: {fault: shape}",
            "ValueError: observation [2] has shape (1,), but its space has (2,)"});
  INFO(fault.options);
  notes_text();
  const auto env = make_env(world("Point-v0", fault.options));
  for (const std::uint64_t seed : {1, 2}) {
    const Episode broken = play(*env, seed);
    CHECK(broken.last.invalid);
    CHECK(broken.last.reward == 0);
    REQUIRE(broken.rewards.size() == 3);
    CHECK(broken.rewards.front() < 0);
    Values after(2);
    CHECK_THROWS_AS(env->step(std::array{0.0}, after), Error);
    CHECK_THAT(notes_text(), Catch::Contains("worlds:Point-v0: ") && Catch::Contains(fault.note));
  }
}

TEST_CASE("an exception in one environment of a batch does not affect the others", "[gymnasium]") {
  const std::string fault = GENERATE("raise", "shape");
  const auto episodes =
      play_together(world("Point-v0", "options: {fault: " + fault + ", even: true}"), {1, 2, 3, 4});
  for (const std::size_t i : {0u, 2u}) CHECK(episodes[i].rewards.size() == 10);
  for (const std::size_t i : {1u, 3u}) {
    CHECK(episodes[i].rewards.size() == 3);
    CHECK(episodes[i].last.invalid);
  }
  // A process that dies ends all its episodes; they report it, and the batch can begin again.
  const EnvSection section = world("Point-v0", "options: {fault: kill, even: true}");
  for (const Episode& episode : play_together(section, {1, 2, 3})) {
    CHECK(episode.last.invalid);
    CHECK(episode.rewards.size() == 3);
  }
  for (const Episode& episode : play_together(section, {1, 3})) CHECK(episode.last.truncated);
}

TEST_CASE("the output of an environment is noted", "[gymnasium]") {
  notes_text();
  {
    const auto env = make_env(world("Point-v0", "options: {fault: print, at: 2}"));
    play(*env, 1);
    play(*env, 2);
  }
  WorkerPool::shared().clear();
  CHECK_THAT(notes_text(), Catch::Contains("worlds:Point-v0: its process printed ") &&
                               Catch::Contains("the last: 'second line'"));
}

TEST_CASE("an environment that cannot be created gives an error with the reason", "[gymnasium]") {
  CHECK_THAT(error_of(world("Point-v0", "python: no/such/python")),
             Catch::Contains("env.python: cannot start no/such/python"));
  CHECK_THAT(error_of(world("NoSuch-v0")),
             Catch::Contains("UnregisteredEnv: Environment `NoSuch-v0` doesn't exist."));
  CHECK_THAT(error_of(world("Point-v0", "modules: [no_such_module]")),
             Catch::Contains("ModuleNotFoundError: No module named 'no_such_module'"));
  CHECK_THAT(error_of(world("Point-v0", "options: {bad: 1}")),
             Catch::Contains("TypeError") && Catch::Contains("'bad'"));
  CHECK_THAT(error_of(world("Endless-v0")), Catch::Contains("env.max_episode_steps=1000"));
  CHECK_THAT(error_of(world("Images-v0")), Catch::Contains("images of 210x160x3 numbers"));
  CHECK_THAT(error_of(world("Words-v0")), Catch::Contains("a space of kind Text"));
  CHECK_THAT(error_of(world("Point-v0", "python: /bin/true")),
             Catch::Contains("its process") && Catch::Contains("exit status 0"));
}

TEST_CASE("an exception in reset is an Error with Python's message", "[gymnasium]") {
  const auto env = make_env(world("Point-v0", "options: {fault: reset}"));
  CHECK_THROWS_WITH(reset(*env, 1), Catch::Contains("worlds:Point-v0: RuntimeError: no start"));
}

TEST_CASE("a file that is not trusted does not start Python", "[gymnasium]") {
  const std::string text = "env: {kind: gymnasium, id: 'worlds:Point-v0', python: ./python}";
  const auto read = [&](const std::vector<std::string>& settings) {
    return read_config_text<EnvConfig>(text, "test", settings).env;
  };
  CHECK_THAT(error_of(read({})), Catch::Contains("env.python=./python"));
  CHECK_THAT(error_of(read({"env.max_episode_steps=4"})), Catch::Contains("env.python=./python"));
  CHECK(make_env(read({"env.python=python3"})) != nullptr);
  CHECK(make_env(read({"env={kind: gymnasium, id: 'worlds:Point-v0'}"})) != nullptr);
  EnvSection copied = read({"env.python=python3"});
  const EnvSection copy = copied;
  CHECK(make_env(copy) != nullptr);
}

TEST_CASE("options and wrappers survive printing and reading", "[gymnasium]") {
  const EnvSection section =
      world("Point-v0",
            "options: {low: -0.5, at: 2, fault: 'no', render_mode: null}, wrappers: "
            "[worlds:Doubled, {name: 'worlds:Doubled', args: {factor: 1.5}}]");
  EnvConfig config;
  config.env = section;
  const std::string printed = print_config(config);
  const auto again =
      read_config_text<EnvConfig>(printed, "printed", {}, nullptr, PluginUse::load).env;
  const auto& options = again.as<GymnasiumOptions>();
  CHECK(options.options.text == R"({"low":-0.5,"at":2,"fault":"no","render_mode":null})");
  CHECK(print_config([&] {
          EnvConfig other;
          other.env = again;
          return other;
        }()) == printed);
  const auto env = make_env(again);
  CHECK(env->action_space().low == Values{-0.5});
  const Values start = reset(*env, 1);
  Values observation(2);
  CHECK(env->step(std::array{0.0}, observation).reward == Approx(-3 * std::abs(start[0])));
  for (const char* wrong : {"wrappers: [{args: {}}]", "wrappers: [{name: a, arg: {}}]",
                            "options: [1]", "wrappers: [[a]]"}) {
    CHECK_THROWS_AS(world("Point-v0", wrong), Error);
  }
}

TEST_CASE("an environment renders images", "[gymnasium]") {
  GymnasiumEnv env(world("Point-v0").as<GymnasiumOptions>());
  env.enable_frames();
  const Values start = reset(env, 1);
  const GymnasiumFrame frame = env.frame();
  CHECK(frame.width == 32);
  CHECK(frame.height == 20);
  REQUIRE(frame.rgb.size() == 3 * 32 * 20);
  CHECK(frame.rgb[0] == static_cast<int>(100 + 20 * start[0]));
  CHECK(frame.rgb[2] == 255);
  CHECK(env.frames_per_second() == 20);
}

TEST_CASE("the stepping speed is measured in batches", "[gymnasium]") {
  CHECK(measure_stepping(world("Point-v0"), 100, 2).steps >= 100);
  CHECK(measure_stepping(world("Mixed-v0"), 100, 1).steps >= 100);
}

#include "agents/policies/actor.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "agents/evaluation/episode_seed.h"
#include "agents/evaluation/evaluator.h"
#include "agents/policies/checkpoint.h"
#include "agents/policies/shipped_policies.h"
#include "envs/registry.h"
#include "models/backbones/registry.h"
#include "tests/agents/small_run.h"
#include "tests/allocations.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

// An untrained agent for hopper, with shifted and scaled observations.
TrainedAgent small_hopper(const std::string& kind, int context = 4) {
  RunConfig config;
  config.env.choose("hopper");
  if (kind == "behavior_cloning" || kind == "sac") {
    config.agent.choose(kind);
  } else {
    config.backbone.choose(kind);
  }
  config.backbone.shared().dim = 16;
  config.resolve();
  AgentSpec spec{.observation_dim = 11, .action_dim = 3, .context = context};
  for (int i = 0; i < 11; ++i) {
    spec.observation_mean.push_back(0.1 * i);
    spec.observation_std.push_back(1 + 0.2 * i);
  }
  TrainedAgent trained = make_trained_agent(config, spec);
  for (float& w : trained.parameters->flat().span<float>()) w *= 5;
  return trained;
}

std::vector<std::string> all_kinds() {
  std::vector<std::string> kinds = backbone_names();
  kinds.insert(kinds.end(), {"behavior_cloning", "sac"});
  return kinds;
}

// The return of the evaluator's episode `number`.
double play(Actor& actor, std::int64_t number, double target) {
  const std::unique_ptr<Env> env = make_env("hopper");
  std::vector<double> observation(11);
  env->reset(episode_seed(0, EpisodeUse::evaluation, number), observation);
  actor.reset(target);
  double total = 0;
  StepOutcome outcome;
  while (!outcome.done()) {
    outcome = env->step(actor.act(observation, outcome.reward), observation);
    total += outcome.reward;
  }
  return total;
}

// The observation of some environment at a timestep.
std::vector<double> observation_of(std::int64_t environment, std::int64_t timestep) {
  std::vector<double> observation;
  for (int i = 0; i < 11; ++i) {
    observation.push_back(std::sin(static_cast<double>(13 * environment + 5 * timestep + i)));
  }
  return observation;
}
double reward_of(std::int64_t environment, std::int64_t timestep) {
  return std::cos(static_cast<double>(7 * environment + timestep));
}

std::vector<double> copy(std::span<const double> values) {
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("an actor's episodes match the evaluator's for every agent") {
  ThreadPool pool(2);
  for (const std::string& kind : all_kinds()) {
    for (const ActMode mode : {ActMode::stream, ActMode::window}) {
      INFO(kind << " " << name_of(mode));
      const TrainedAgent trained = small_hopper(kind);
      const PackedWeights weights(*trained.parameters, false);
      const auto played = evaluate(
          *trained.agent, weights,
          {.env = EnvSection("hopper"), .targets = {1800}, .episodes = 3, .modes = {mode}}, pool);
      Actor actor(small_hopper(kind), 1, mode);
      for (std::int64_t i = 0; i < 3; ++i) {
        CHECK(play(actor, i, 1800) == played->targets[0].returns[static_cast<std::size_t>(i)]);
      }
    }
  }
}

TEST_CASE("an actor of several environments acts like one actor each, for any order of resets") {
  for (const std::string& kind : all_kinds()) {
    INFO(kind);
    constexpr std::int64_t kEnvironments = 4;
    Actor together(small_hopper(kind), kEnvironments);
    std::vector<Actor> alone;
    for (std::int64_t e = 0; e < kEnvironments; ++e) alone.emplace_back(small_hopper(kind));
    together.reset(1000);
    for (Actor& actor : alone) actor.reset(1000);
    const auto reset_one = [&](std::int64_t e, double target) {
      together.reset_one(e, target);
      alone[static_cast<std::size_t>(e)].reset(target);
    };
    reset_one(2, 500);
    for (std::int64_t t = 0; t < 12; ++t) {
      if (t == 3) reset_one(1, 700);
      if (t == 5) reset_one(3, 100), reset_one(0, 2000), reset_one(3, 300);
      if (t == 6) reset_one(0, 900);
      if (t == 9) together.reset(), std::ranges::for_each(alone, [](Actor& a) { a.reset(); });
      std::vector<double> observations, rewards;
      for (std::int64_t e = 0; e < kEnvironments; ++e) {
        std::ranges::copy(observation_of(e, t), std::back_inserter(observations));
        rewards.push_back(reward_of(e, t));
      }
      const std::vector<double> actions = copy(together.act(observations, rewards));
      for (std::int64_t e = 0; e < kEnvironments; ++e) {
        const auto action =
            alone[static_cast<std::size_t>(e)].act(observation_of(e, t), reward_of(e, t));
        CHECK(std::equal(action.begin(), action.end(), actions.begin() + 3 * e));
      }
    }
  }
}

TEST_CASE("acting allocates no memory from an episode's first action to its last") {
  for (const std::string& kind : all_kinds()) {
    INFO(kind);
    Actor actor(small_hopper(kind));
    const std::vector<double> observation = observation_of(0, 0);
    for (int episode = 0; episode < 2; ++episode) {
      actor.reset();
      const std::int64_t before = allocations();
      for (int t = 0; t < 1000; ++t) actor.act(observation, 1.0);
      CHECK(allocations() == before);
    }
    constexpr std::int64_t kEnvironments = 8;
    Actor several(small_hopper(kind, 20), kEnvironments);
    std::vector<double> observations(kEnvironments * 11), rewards(kEnvironments, 1);
    for (int episode = 0; episode < 2; ++episode) {
      several.reset();
      const std::int64_t before = allocations();
      for (int t = 0; t < 1000; ++t) {
        observations[static_cast<std::size_t>(t) % observations.size()] = std::sin(t);
        several.act(observations, rewards);
      }
      CHECK(allocations() == before);
    }
    // An environment that restarts alone allocates during its first 20 steps.
    several.reset();
    several.act(observations, rewards);
    several.reset_one(1);
    CHECK(stops_allocating([&](std::int64_t) { several.act(observations, rewards); }, 60));
  }
}

TEST_CASE("shipped policies are loaded by name") {
  ThreadPool pool(2);
  REQUIRE(shipped_policies().size() == 6);
  const TrainedAgent trained = find_agent("hopper-medium");
  const PackedWeights weights(*trained.parameters, false);
  const auto played =
      evaluate(*trained.agent, weights, {.env = EnvSection("hopper"), .episodes = 1}, pool);
  Actor actor("hopper-medium");
  CHECK(play(actor, 0, 0) == played->targets[0].returns[0]);
}

TEST_CASE("an invalid call to an actor gives an error and leaves the actor unchanged") {
  Actor actor(small_hopper("min_gru")), same(small_hopper("min_gru"));
  const std::vector<double> good = observation_of(0, 0);
  const auto rejects = [&](const auto& call, const std::string& because) {
    CHECK_THROWS_WITH(call(), Catch::Contains(because));
  };
  rejects([&] { actor.act(good, 0.0); }, "call reset first");
  actor.reset(1000);
  same.reset(1000);
  CHECK_FALSE(actor.needs_rewards());
  actor.act(good, 0.0);
  CHECK(actor.needs_rewards());
  same.act(good, 0.0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> bad = good;
  bad[4] = nan;
  rejects([&] { actor.act(bad, 0.0); }, "number 4 of the observation of environment 0 is nan");
  bad[4] = 1e39;  // finite, but not in float32
  rejects([&] { actor.act(bad, 0.0); }, "number 4 of the observation of environment 0 is 1e+39");
  rejects([&] { actor.act(good, nan); }, "the reward of environment 0 is nan");
  rejects([&] { actor.act(good, -1e300); }, "the reward of environment 0 is -1e+300");
  rejects([&] { actor.act({good.data(), 10}, 0.0); }, "10 observation numbers, but expects");
  rejects([&] { actor.reset(nan); }, "target return is nan");
  rejects([&] { actor.reset(1e42); }, "target return is 1e+42");
  rejects([&] { actor.reset_one(1); }, "no environment 1");
  CHECK(copy(actor.act(good, 1.0)) == copy(same.act(good, 1.0)));

  for (int t = 2; t < 1000; ++t) actor.act(good, 0.0);
  rejects([&] { actor.act(good, 0.0); }, "reached step 1000");
  actor.reset();
  CHECK(actor.act(good, 0.0).size() == 3);

  Actor several(small_hopper("sac"), 2);
  rejects([&] { several.act(good, 0.0); }, "2 environments");
  several.reset_one(1);
  rejects([&] { several.act(std::vector<double>(22), std::vector<double>(2)); },
          "1 of 2 environments have no episode");
  rejects([&] { Actor(small_hopper("sac"), 0); }, "not in 0");
}

TEST_CASE("an actor never returns an action that is not finite") {
  Actor actor(small_hopper("sac"));
  const std::vector<double> good = observation_of(0, 0);
  actor.reset(1000);
  CHECK_THROWS_WITH(actor.act(std::vector<double>(11, 3e38), 0.0),
                    Catch::Contains("too large; reset it"));
  actor.reset(1000);
  CHECK(std::isfinite(actor.act(good, 0.0)[0]));
}

TEST_CASE("a file or name that is not an agent is rejected") {
  const TemporaryFolder folder;
  TrainingRun::begin(
      small_task_config(
          "{kind: selective_copy, length: 12, data: 3, symbols: 6, evaluation_examples: 20}",
          folder / "task"))
      .run({});
  CHECK_THROWS_WITH(Actor((folder / "task").string()),
                    Catch::Contains("of the task selective_copy, which cannot act"));
  CHECK_THROWS_WITH(Actor("hoper-expert"), Catch::Contains("did you mean 'hopper-expert'"));
  CHECK_THROWS_WITH(Actor(""), Catch::Contains("no agent named"));
  write_file_atomically(folder / "text.safetensors", "no weights");
  CHECK_THROWS_WITH(Actor((folder / "text.safetensors").string()),
                    Catch::Contains("text.safetensors"));
}

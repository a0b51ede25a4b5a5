// Evaluations in Python environments, where one call steps a whole group.
#include <algorithm>

#include "agents/evaluation/episode_seed.h"
#include "agents/evaluation/evaluator.h"
#include "agents/policies/actor.h"
#include "tests/catch.h"
#include "tests/envs/gymnasium/worlds.h"

using namespace seqrl;

namespace {

// An untrained agent for the world, the same on each call.
TrainedAgent agent_for(const EnvSection& section) {
  RunConfig config;
  config.env = section;
  config.backbone.choose("min_gru");
  config.backbone.shared().dim = 16;
  config.evaluation.targets = {1};
  config.resolve();
  const auto env = make_env(section);
  const auto dim = static_cast<std::size_t>(env->observation_space().dim());
  return make_trained_agent(config, {.observation_dim = env->observation_space().dim(),
                                     .action_dim = env->action_space().dim(),
                                     .context = 4,
                                     .max_episode_steps = env->max_episode_steps(),
                                     .observation_mean = std::vector<double>(dim, 0.0),
                                     .observation_std = std::vector<double>(dim, 1.0),
                                     .action_low = env->action_space().low,
                                     .action_high = env->action_space().high});
}

Evaluation play(const EnvSection& section, int threads, std::int64_t group) {
  const TrainedAgent trained = agent_for(section);
  ThreadPool pool(threads);
  return *evaluate(*trained.agent, *trained.parameters,
                   {.env = section, .targets = {1, 3}, .episodes = 5, .group = group}, pool);
}

}  // namespace

TEST_CASE("an evaluation in Python processes matches a loop around the actor", "[gymnasium]") {
  const EnvSection section = world("Point-v0");
  const Evaluation evaluation = play(section, 2, 0);
  const auto env = make_env(section);
  Actor actor(agent_for(section));
  std::vector<double> observation(2);
  for (std::size_t target = 0; target < 2; ++target) {
    for (std::int64_t episode = 0; episode < 5; ++episode) {
      env->reset(episode_seed(0, EpisodeUse::evaluation, episode), observation);
      actor.reset(target == 0 ? 1 : 3);
      double total = 0;
      StepOutcome outcome;
      while (!outcome.done()) {
        outcome = env->step(actor.act(observation, outcome.reward), observation);
        total += outcome.reward;
      }
      CHECK(evaluation.targets[target].returns[static_cast<std::size_t>(episode)] == total);
    }
  }
  CHECK(evaluation.env == "worlds:Point-v0");
  CHECK(evaluation.env_versions.starts_with("gymnasium 0.test"));
  CHECK(evaluation.notes.empty());
}

TEST_CASE("an evaluation in Python does not depend on groups or threads", "[gymnasium]") {
  const EnvSection section = world("Point-v0");
  const Evaluation whole = play(section, 1, 64);
  for (const auto& [threads, group] : {std::pair(1, 1), {2, 2}, {3, 4}}) {
    const Evaluation parts = play(section, threads, group);
    for (std::size_t target = 0; target < 2; ++target) {
      CHECK(parts.targets[target].returns == whole.targets[target].returns);
    }
  }
}

TEST_CASE("a process that dies invalidates only the episodes that it played", "[gymnasium]") {
  take_env_notes();
  const EnvSection section = world("Point-v0", "options: {fault: kill, even: true}");
  const Evaluation evaluation = play(section, 2, 1);
  for (const TargetResult& result : evaluation.targets) {
    for (std::int64_t i = 0; i < 5; ++i) {
      const bool even = episode_seed(0, EpisodeUse::evaluation, i) % 2 == 0;
      CHECK(result.all_returns[static_cast<std::size_t>(i)].has_value() == !even);
    }
  }
  REQUIRE_FALSE(evaluation.notes.empty());
  CHECK_THAT(evaluation.notes.front(),
             Catch::Contains("its process was terminated by a signal: Killed"));
}

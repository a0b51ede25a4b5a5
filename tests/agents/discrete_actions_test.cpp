// Agents with discrete actions: what they learn, how they act, and what is stored.
#include <nlohmann/json.hpp>
#include <sstream>

#include "agents/datasets/load.h"
#include "agents/datasets/summary.h"
#include "agents/evaluation/episode_seed.h"
#include "agents/evaluation/evaluator.h"
#include "agents/policies/actor.h"
#include "tests/agents/guessing_env.h"
#include "tests/agents/small_run.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

const std::vector<std::string> kAgents = {"agent=behavior_cloning", "agent=decision_transformer"};

// A run that learns the guessing environment.
RunConfig guessing_config(const std::filesystem::path& output, const std::string& agent,
                          const std::vector<std::string>& more = {}) {
  GuessingEnv::make_known();
  std::vector<std::string> settings = {"env=guessing",
                                       "device=cpu",
                                       agent,
                                       "output=" + output.string(),
                                       "backbone.dim=16",
                                       "backbone.layers=1",
                                       "training.steps=150",
                                       "training.batch=16",
                                       "training.shards=2",
                                       "training.context=4",
                                       "training.warmup=5",
                                       "training.lr=1e-2",
                                       "training.dropout=0",
                                       "training.threads=2",
                                       "training.log_every=50",
                                       "evaluation.every=1000",
                                       "evaluation.episodes=6",
                                       "evaluation.targets=[8]"};
  if (agent.ends_with("transformer")) settings.emplace_back("agent.return_scale=10");
  return read_config_text<RunConfig>("{}", "test", overridden(settings, more));
}

TrainedAgent trained_in(const std::filesystem::path& run) {
  return load_agent(run / "checkpoints" / "last.safetensors");
}

TargetResult play(const TrainedAgent& trained, bool samples, int threads, std::int64_t group,
                  ActMode mode = ActMode::stream) {
  ThreadPool pool(threads);
  const PackedWeights weights(*trained.parameters, false);
  const auto evaluation = evaluate(*trained.agent, weights,
                                   {.env = EnvSection("guessing"),
                                    .targets = {8},
                                    .episodes = 12,
                                    .modes = {mode},
                                    .samples = samples,
                                    .seed = 5,
                                    .group = group},
                                   pool);
  CHECK(to_json(*evaluation)["actions"] == (samples ? "sampled" : "likely"));
  return evaluation->targets.at(0);
}

std::string user_error(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::user);
    return error.what();
  }
  return "nothing was rejected";
}

}  // namespace

TEST_CASE("agents learn choices; likeliest ones beat sampled ones, which do not depend on groups") {
  for (const std::string& agent : kAgents) {
    INFO(agent);
    const TemporaryFolder folder;
    REQUIRE(TrainingRun::begin(guessing_config(folder / "run", agent), guessing_data(60)).run({}));
    const TrainedAgent trained = trained_in(folder / "run");
    CHECK(trained.agent->spec().action_choices == GuessingEnv::kChoices);
    const TargetResult likely = play(trained, false, 2, 0), drawn = play(trained, true, 1, 100);
    CHECK(*likely.return_mean == GuessingEnv::kSteps);  // it imitates the majority's choices
    CHECK(*drawn.return_mean < 7.9);
    CHECK(*drawn.return_mean > 4.5);  // one of three by chance is 2.7
    for (auto [threads, group] : {std::pair{1, 1}, {2, 3}, {4, 0}}) {
      CHECK(play(trained, true, threads, group).returns == drawn.returns);
    }
  }
}

TEST_CASE("window and stream make the same choices for the first `context` timesteps") {
  const TemporaryFolder folder;
  const auto config = guessing_config(folder / "run", "agent=decision_transformer",
                                      {"training.context=8", "training.steps=40"});
  REQUIRE(TrainingRun::begin(config, guessing_data(30)).run({}));
  const TrainedAgent trained = trained_in(folder / "run");
  for (const bool samples : {false, true}) {
    CHECK(play(trained, samples, 2, 0, ActMode::window).returns ==
          play(trained, samples, 2, 0, ActMode::stream).returns);
  }
}

TEST_CASE("an actor's choices give exactly the evaluator's returns") {
  const TemporaryFolder folder;
  for (const std::string actions : {"likely", "sampled"}) {
    for (const std::string& agent : kAgents) {
      const auto output = folder / (actions + agent.substr(6));
      REQUIRE(TrainingRun::begin(
                  guessing_config(output, agent,
                                  {"evaluation.actions=" + actions, "evaluation.seed=5"}),
                  guessing_data(40))
                  .run({}));
      const TargetResult evaluated = play(trained_in(output), actions == "sampled", 2, 0);
      Actor alone(output.string()), together(output.string(), 4);
      CHECK(alone.action_choices() == GuessingEnv::kChoices);
      GuessingEnv env;
      std::vector<double> observation(3);
      for (std::int64_t episode = 0; episode < 12; ++episode) {
        env.reset(episode_seed(5, EpisodeUse::evaluation, episode), observation);
        alone.reset(8);
        double total = 0;
        for (StepOutcome outcome; !outcome.done(); total += outcome.reward) {
          outcome = env.step(alone.act(observation, outcome.reward), observation);
        }
        CHECK(total == evaluated.returns.at(static_cast<std::size_t>(episode)));
      }
      // The first four of four at once are the same.
      std::vector<GuessingEnv> envs(4);
      std::vector<double> all(12), rewards(4), totals(4);
      const auto row = [&](std::size_t i) { return std::span(all).subspan(3 * i, 3); };
      for (std::size_t i = 0; i < 4; ++i) {
        envs[i].reset(episode_seed(5, EpisodeUse::evaluation, static_cast<std::int64_t>(i)),
                      row(i));
      }
      together.reset(8);
      for (int step = 0; step < GuessingEnv::kSteps; ++step) {
        const auto chosen = together.act(all, rewards);
        for (std::size_t i = 0; i < 4; ++i) {
          rewards[i] = envs[i].step(chosen.subspan(i, 1), row(i)).reward;
          totals[i] += rewards[i];
        }
      }
      for (std::size_t i = 0; i < 4; ++i) CHECK(totals[i] == evaluated.returns[i]);
    }
  }
}

TEST_CASE("a run with discrete actions resumes to the same bytes") {
  GuessingEnv::make_known();
  for (const std::string& agent : kAgents) {
    const TemporaryFolder folder;
    const auto config = [&](const char* run) {
      return guessing_config(
          folder / run, agent,
          {"training.steps=12", "dataset.path=" + (folder / "random.hdf5").string()});
    };
    collect(read_config_text<CollectConfig>(
        "{}", "test",
        {"env=guessing", "transitions=400", "output=" + (folder / "random.hdf5").string()}));
    REQUIRE(TrainingRun::begin(config("whole")).run({}));
    std::int64_t now = 0;
    CHECK(!TrainingRun::begin(config("part")).run(stop_after(5, now)));
    REQUIRE(TrainingRun::resume(folder / "part").run({}));
    CHECK((contents(folder / "part/checkpoints/last.safetensors") ==
           contents(folder / "whole/checkpoints/last.safetensors")));
  }
}

TEST_CASE("without an environment, the validation loss and accuracy of choices are measured") {
  const TemporaryFolder folder;
  const auto config = guessing_config(
      folder / "run", "agent=behavior_cloning",
      {"env=none", "dataset.validation=0.25", "evaluation.targets=[]", "training.steps=200"});
  REQUIRE(TrainingRun::begin(config, guessing_data(60, 4)).run({}));
  const auto json = nlohmann::json::parse(read_file(folder / "run" / "eval.json")).at("last");
  CHECK(json.at("validation_accuracy").get<double>() == Approx(0.75).margin(0.03));
  CHECK(json.at("validation_loss").get<double>() == Approx(0.5623).margin(0.1));  // of 3/4, 1/4
  CHECK_THAT(read_file(folder / "run" / "metrics.jsonl"),
             Catch::Contains("eval/validation_accuracy"));
}

TEST_CASE("collected choices are read back from either layout, for random and trained policies") {
  GuessingEnv::make_known();
  const TemporaryFolder folder;
  REQUIRE(TrainingRun::begin(guessing_config(folder / "run", "agent=decision_transformer"),
                             guessing_data(60))
              .run({}));
  for (const std::string format : {"d4rl", "minari"}) {
    for (const std::string policy : {"random", "learned"}) {
      const std::string path = (folder / (format == "d4rl" ? policy + ".hdf5" : policy + "-v0"));
      auto config = read_config_text<CollectConfig>(
          "{}", "test",
          {"env=guessing", "transitions=400", "threads=2", "format=" + format, "output=" + path});
      if (policy == "learned") config.policy = (folder / "run").string();
      collect(config);
      const Trajectories data = load_dataset(path);
      INFO(path);
      CHECK(data.action_choices() == GuessingEnv::kChoices);
      CHECK(data.action_dim() == 1);
      CHECK(data.transitions() == 400);
      CHECK_THAT(to_text(summarize(data)), Catch::Contains("discrete, 3 choices"));
      double right = 0;
      for (const float reward : data.rewards()) right += static_cast<double>(reward) / 400;
      if (policy == "random") CHECK(right == Approx(1.0 / 3).margin(0.1));
      if (policy == "learned") CHECK((right > 0.6 && right < 1));  // drawn
    }
  }
}

TEST_CASE("agents, data and settings that do not fit discrete choices are rejected") {
  GuessingEnv::make_known();
  const TemporaryFolder folder;
  CHECK_THAT(
      user_error([&] { TrainingRun::begin(small_sac_config(folder / "sac", {"env=guessing"})); }),
      Catch::Contains(
          "sac supports only continuous actions, but the actions of guessing are discrete (3 "
          "choices); agents for discrete actions: behavior_cloning, "
          "decision_transformer"));
  const auto begin = [&](Trajectories data, const std::vector<std::string>& settings = {}) {
    return user_error([&] {
      TrainingRun::begin(guessing_config(folder / "run", kAgents[0], settings), std::move(data));
    });
  };
  const auto data_of = [](std::vector<float> actions, int choices) {
    TrajectoriesBuilder builder(3, 1);
    for (const float action : actions) {
      builder.add_step(std::vector<float>{1, 0, 0}, std::vector<float>{action}, 1);
    }
    builder.end_episode(EndKind::timeout);
    return std::move(builder).build({.action_choices = choices});
  };
  CHECK_THAT(begin(data_of({0, 1}, 2)),
             Catch::Contains("actions are discrete (2 choices), but the environment has 3"));
  CHECK_THAT(begin(data_of({0, 0.5f}, 0)), Catch::Contains("0.5 at transition 1"));
  CHECK_THAT(begin(data_of({0, 3}, 0)), Catch::Contains("3 at transition 1"));
  CHECK(begin(data_of({0, 2}, 0)) == "nothing was rejected");  // whole numbers are choices there

  TrajectoriesBuilder boxes(3, 1);
  boxes.add_step(std::vector<float>{1, 0, 0}, std::vector<float>{0.5f}, 1);
  boxes.add_step(std::vector<float>{0, 1, 0}, std::vector<float>{-0.5f}, 1);
  boxes.end_episode(EndKind::timeout);
  boxes.add_step(std::vector<float>{0, 0, 1}, std::vector<float>{1}, 1);
  boxes.end_episode(EndKind::timeout);
  CHECK_THAT(begin(std::move(boxes).build(),
                   {"env=none", "evaluation.actions=sampled", "output=" + (folder / "box").string(),
                    "dataset.validation=0.5"}),
             Catch::Contains("evaluation.actions: sampled is only for discrete actions"));
}

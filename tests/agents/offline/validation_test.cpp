#include "agents/offline/validation.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "agents/datasets/windows.h"
#include "agents/offline/window_objective.h"
#include "tests/agents/small_agent.h"
#include "tests/agents/small_run.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

TEST_CASE("a run without an environment resumes identically, and its best has the lowest loss") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "logs.hdf5");
  for (const char* agent : {"decision_transformer", "behavior_cloning"}) {
    INFO(agent);
    const auto config = [&](const std::string& run) {
      return small_config(folder / "logs.hdf5", folder / (agent + run),
                          {"env=none", std::string("agent=") + agent, "evaluation.every=2",
                           "evaluation.targets=[50]", "training.lr=3e-2"});
    };
    const auto text = [&](const std::string& run, const char* file) {
      return read_file(folder / (agent + run) / file);
    };
    REQUIRE(TrainingRun::begin(config("whole")).run({}));
    std::int64_t now = 0;
    CHECK(!TrainingRun::begin(config("cut")).run(stop_after(5, now)));
    REQUIRE(TrainingRun::resume(folder / (std::string(agent) + "cut")).run({}));
    CHECK(text("cut", "metrics.jsonl") == text("whole", "metrics.jsonl"));
    const auto json = nlohmann::json::parse(text("whole", "eval.json"));
    CHECK(json == [&] {
      auto other = nlohmann::json::parse(text("cut", "eval.json"));
      other["training_steps_per_second"] = json.at("training_steps_per_second");
      return other;
    }());

    double lowest = INFINITY;
    std::istringstream lines(text("whole", "metrics.jsonl"));
    int measured = 0;
    for (std::string line; std::getline(lines, line);) {
      const auto loss = nlohmann::json::parse(line).value("eval/validation_loss", nlohmann::json());
      if (!loss.is_number()) continue;
      ++measured;
      lowest = std::min(lowest, loss.get<double>());
    }
    CHECK(measured == 6);
    CHECK(json.at("best").at("validation_loss") == lowest);
    CHECK(json.at("last").at("env").is_null());
    CHECK(json.at("last").at("targets").empty());
  }
}

TEST_CASE("a run without an environment gets evaluation targets from its data") {
  const TemporaryFolder folder;
  make_small_dataset(folder / "logs.hdf5");
  const auto run =
      TrainingRun::begin(small_config(folder / "logs.hdf5", folder / "run", {"env=none"}));
  CHECK(!run.config().evaluation.targets.empty());
}

TEST_CASE("the validation loss counts every timestep once, for any number of threads") {
  SmallAgent small("hopper", "gru");
  RunConfig config;
  config.env.choose("hopper");
  config.backbone.choose("gru");
  config.backbone.shared().dim = 16;
  config.resolve();
  // Episodes of 7 and 300 steps in windows of 4: more than one pass.
  const std::int64_t rows = 307, observation = 11, action = 3;
  Random random(3, Purpose::test);
  const auto numbers = [&](std::int64_t count) {
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& x : values) x = static_cast<float>(random.uniform(-1, 1));
    return values;
  };
  const auto observations = numbers(rows * observation), actions = numbers(rows * action),
             rewards = numbers(rows);
  const auto data = [&] {
    TransitionArrays arrays{.observation_dim = observation, .action_dim = action};
    arrays.observations = Buffer<float>(observations);
    arrays.actions = Buffer<float>(actions);
    arrays.rewards = Buffer<float>(rewards);
    return Trajectories(std::move(arrays),
                        {{0, 7, EndKind::timeout}, {7, 300, EndKind::terminated}}, {});
  };
  Validation validation(config, small.agent->spec(), data());
  ThreadPool one(1), three(3);
  const auto loss = [&](ThreadPool& pool) { return validation.measure(*small.block, pool)->loss; };
  CHECK(loss(one) == loss(three));
  CHECK(!validation.measure(*small.block, one, {.stop = [] { return true; }}));

  // Window by window.
  const Trajectories all = data();
  const auto& agent = dynamic_cast<const OfflineAgent&>(*small.agent);
  double sum = 0;
  for (const Episode& episode : all.episodes()) {
    for (std::int64_t start = 0; start < episode.length; start += 4) {
      const WindowSampler sampler(all, 4, agent.data_scale(), 0);
      Batch batch = sampler.make_batch(1);
      const std::int64_t count = std::min<std::int64_t>(4, episode.length - start);
      sampler.fill_row({episode.begin == 0 ? 0 : 1, start, count}, 0, batch);
      Tape tape;
      tape.begin({});
      sum +=
          static_cast<double>(agent.loss(windows_on(tape, batch, {0, 0, 1}), 1.0).data<float>()[0]);
    }
  }
  CHECK(loss(one) == Approx(sum / static_cast<double>(rows)).epsilon(1e-5));
}

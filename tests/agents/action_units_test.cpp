// Learning does not depend on the units of an environment's actions.
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/datasets/load.h"
#include "agents/runs/run_checkpoint.h"
#include "agents/sac/replay_buffer.h"
#include "tests/agents/small_run.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

namespace fs = std::filesystem;

// A cart on a rail, pushed by a motor with up to 8 N for any control range.
struct Carts : TemporaryFolder {
  // The settings of an environment whose actions go from −range to range.
  std::string env(double range) const {
    const fs::path model = *this / fmt::format("cart{}.xml", range);
    write_file_atomically(
        model, fmt::format("<mujoco><worldbody><body><joint name='rail' type='slide' axis='1 0 0' "
                           "damping='1'/><geom size='0.1' mass='1'/></body></worldbody><actuator>"
                           "<motor name='push' joint='rail' ctrllimited='true' gear='{}' "
                           "ctrlrange='-{} {}'/></actuator></mujoco>",
                           8 / range, range, range));
    return fmt::format(
        "env={{kind: mjcf, name: cart, model: '{}', max_episode_steps: 20, reset: "
        "{{position_noise: 0.5}}, reward: {{joint_velocities: {{rail: 1}}}}}}",
        model.string());
  }

  fs::path dataset(double range) const {
    const fs::path path = *this / fmt::format("cart{}.hdf5", range);
    auto config = read_config_text<CollectConfig>(
        "{}", "test", {env(range), "transitions=400", "threads=2", "output=" + path.string()});
    collect(config);
    return path;
  }
};

std::vector<float> weights(const fs::path& run) {
  const TrainedAgent agent = load_agent(run / "checkpoints" / "last.safetensors");
  const auto values = agent.parameters->flat().span<float>();
  return {values.begin(), values.end()};
}

// The largest difference between two runs' weights.
double difference(const fs::path& run, const fs::path& other) {
  const std::vector<float> a = weights(run), b = weights(other);
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest;
}

// With units of 8, which are exact in float32, runs agree to the bit; with 10 and 0.4, within
// rounding.
void check_alike(const fs::path& folder) {
  const auto targets = [&](const char* run) {
    return nlohmann::json::parse(read_file(folder / run / "eval.json")).at("last").at("targets");
  };
  CHECK(targets("1") == targets("8"));
  CHECK(read_file(folder / "1" / "metrics.jsonl") == read_file(folder / "8" / "metrics.jsonl"));
  CHECK((weights(folder / "1") == weights(folder / "8")));
  CHECK(difference(folder / "1", folder / "10") < 1e-3);
  CHECK(difference(folder / "1", folder / "0.4") < 1e-3);
}

// The largest action component for observations that drive the network's outputs to their limits.
double largest_action(const TrainedAgent& agent) {
  const auto numbers = [](int count, double x) {
    return std::vector<double>(static_cast<std::size_t>(count), x);
  };
  const AgentSpec& spec = agent.agent->spec();
  const PackedWeights packed(*agent.parameters, false);
  double largest = 0;
  for (const double x : {-1e7, 1e7}) {
    const auto policy = agent.agent->make_policy(ActMode::stream, packed);
    policy->begin(std::vector<double>{0});
    std::vector<double> action = numbers(spec.action_dim, 0);
    policy->act(numbers(spec.observation_dim, x), std::vector<double>{0}, action);
    for (const double a : action) largest = std::max(largest, std::abs(a));
  }
  return largest;
}

}  // namespace

TEST_CASE("SAC learns the same in any action units and stores actions in the environment's") {
  const Carts carts;
  for (const double range : {1.0, 8.0, 10.0, 0.4}) {
    const std::string run = fmt::format("{}", range);
    REQUIRE(TrainingRun::begin(small_sac_config(carts / run, {carts.env(range)})).run({}));
  }
  check_alike(carts.path());
  const auto trained = [&](const char* run) {
    const CheckpointReader checkpoint(carts / run / "checkpoints" / "last.safetensors");
    return ReplayBuffer::open(carts / run / "replay.bin", checkpoint);
  };
  const ReplayBuffer one = trained("1"), eight = trained("8");
  REQUIRE(one.size() == eight.size());
  for (std::int64_t row = 0; row < 20; ++row) {
    CHECK(eight[row].action[0] == 8 * one[row].action[0]);
    // The same probability, spread over eight times the width.
    CHECK(eight[row].log_probability ==
          Approx(static_cast<double>(one[row].log_probability) - std::log(8)).margin(1e-5));
  }
}

TEST_CASE("a SAC run with a wide action box resumes to the same bytes and replays exactly") {
  const Carts carts;
  const auto config = [&](const char* run) {
    return small_sac_config(carts / run, {carts.env(10), "training.steps=40"});
  };
  REQUIRE(TrainingRun::begin(config("whole")).run({}));
  for (const std::int64_t stop : {5, 17, 33}) {
    const std::string run = std::to_string(stop);
    std::int64_t now = 0;
    CHECK(!TrainingRun::begin(config(run.c_str())).run(stop_after(stop, now)));
    REQUIRE(TrainingRun::resume(carts / run).run({}));
    CHECK((contents(carts / run / "checkpoints/last.safetensors") ==
           contents(carts / "whole/checkpoints/last.safetensors")));
  }
  auto again =
      read_config_text<CollectConfig>("{}", "test",
                                      {carts.env(10), "replay=" + (carts / "whole").string(),
                                       "output=" + (carts / "replayed.hdf5").string()});
  CHECK(collect(again).transitions == 40);
}

TEST_CASE("offline agents learn the same in any action units") {
  for (const char* agent : {"decision_transformer", "behavior_cloning"}) {
    INFO(agent);
    const Carts carts;
    for (const double range : {1.0, 8.0, 10.0, 0.4}) {
      RunConfig config =
          small_config(carts.dataset(range), carts / fmt::format("{}", range),
                       {carts.env(range), std::string("agent=") + agent, "evaluation.targets=[5]"});
      REQUIRE(TrainingRun::begin(config).run({}));
    }
    check_alike(carts.path());
  }
}

TEST_CASE("in the built-in robots, actions cover the action box and never exceed it") {
  const std::pair<const char*, double> robots[] = {
      {"humanoid_v5", 0.4}, {"pusher_v5", 2}, {"inverted_pendulum_v5", 3}};
  for (const auto& [robot, range] : robots) {
    INFO(robot);
    const TemporaryFolder folder;
    const std::string env = std::string("env=") + robot;
    for (const char* format : {"d4rl", "minari"}) {
      INFO(format);
      const fs::path data = folder / (std::string(format) + "-v0");
      collect(read_config_text<CollectConfig>(
          "{}", "test",
          {env, "transitions=400", "threads=2", std::string("format=") + format,
           "output=" + data.string()}));
      const Trajectories random = load_dataset(data.string());
      const auto [least, most] = std::ranges::minmax(random.actions());
      CHECK(static_cast<double>(most) <= Approx(range));
      CHECK(static_cast<double>(most) > 0.9 * range);
      CHECK(static_cast<double>(least) >= Approx(-range));
      CHECK(static_cast<double>(least) < -0.9 * range);
      for (const char* agent : {"decision_transformer", "behavior_cloning"}) {
        INFO(agent);
        const fs::path run = folder / (std::string(agent) + format);
        RunConfig config =
            small_config(data, run, {env, std::string("agent=") + agent, "evaluation.targets=[5]"});
        REQUIRE(TrainingRun::begin(config).run({}));
        const TrainedAgent trained = load_agent(run / "checkpoints/last.safetensors");
        for (const double high : trained.agent->spec().action_high) CHECK(high == Approx(range));
        CHECK(largest_action(trained) <= Approx(range));
        // A transformer's embeddings are normalised, so nothing drives its outputs to their limits.
        if (!trained.agent->has_memory()) CHECK(largest_action(trained) == Approx(range));
      }
    }
    const fs::path run = folder / "sac";
    REQUIRE(TrainingRun::begin(small_sac_config(run, {env})).run({}));
    const fs::path last = run / "checkpoints/last.safetensors";
    CHECK(largest_action(load_agent(last)) == Approx(range));
    const ReplayBuffer replay = ReplayBuffer::open(run / "replay.bin", CheckpointReader(last));
    for (std::int64_t row = 0; row < replay.size(); ++row) {
      for (const float a : replay[row].action) CHECK(std::abs(a) <= static_cast<float>(range));
    }
  }
}

TEST_CASE("an older checkpoint without an action box acts between -1 and 1") {
  const Carts carts;
  TrainedAgent made = make_trained_agent(
      read_config_text<RunConfig>("{}", "test", {carts.env(10), "backbone.dim=16"}),
      {.observation_dim = 2,
       .action_dim = 1,
       .observation_mean = {0, 0},
       .observation_std = {1, 1},
       .action_low = {-10},
       .action_high = {10}});
  const auto largest = [](const TrainedAgent& agent) {
    const PackedWeights packed(*agent.parameters, false);
    const auto policy = agent.agent->make_policy(ActMode::stream, packed);
    policy->begin(std::vector<double>{0});
    double action = 0;
    policy->act(std::vector<double>{3, 3}, std::vector<double>{0}, {&action, 1});
    return action;
  };
  const auto path = carts / "agent.safetensors";
  CheckpointWriter now, then;
  for (CheckpointWriter* checkpoint : {&now, &then}) {
    add_run(*checkpoint, made.config, {});
  }
  const AgentSpec& spec = made.agent->spec();
  add_agent(now, *made.agent, *made.parameters);
  now.write(path);
  CHECK(largest(load_agent(path)) == largest(made));
  require_same_actions(CheckpointReader(path), *made.agent);

  then.add(*made.parameters, "model.");
  then.add("observation.mean", spec.observation_mean);
  then.add("observation.std", spec.observation_std);
  then.add_number("observation_dim", spec.observation_dim);
  then.add_number("action_dim", spec.action_dim);
  then.add_number("max_episode_steps", spec.max_episode_steps);
  then.write(path);
  CHECK(10 * largest(load_agent(path)) == Approx(largest(made)));
  CHECK_THROWS_WITH(
      require_same_actions(CheckpointReader(path), *made.agent),
      Catch::Contains("acts in [-1, 1] in action[0]") && Catch::Contains("[-10, 10]"));
}

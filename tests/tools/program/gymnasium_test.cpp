// Whole commands with a Python environment that needs only Python itself.
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

const std::string kPath =
    "env PYTHONPATH=" + std::string(SEQRL_SOURCE_DIR) + "/tests/envs/gymnasium/python";

std::string env_of(const std::string& more) {
  return "env: {kind: gymnasium, id: 'worlds:Point-v0', timeout: 5" + more + "}\n";
}

// A folder with the config of a small SAC run.
struct World : TemporaryFolder {
  explicit World(const std::string& more = "") {
    seqrl::write_file_atomically(
        *this / "sac.yaml",
        env_of(more) +
            "device: cpu\noutput: run\nagent: {kind: sac, dim: 8, layers: 1, batch: 8, "
            "random_steps: 6}\ntraining: {steps: 40, log_every: 10, threads: 2}\nevaluation: "
            "{every: 20, episodes: 6}\n");
  }
  Ran run(const std::string& arguments) const { return seqrl_in(*this, arguments, kPath); }
};

std::string text_of(const TemporaryFolder& folder, const char* file) {
  return seqrl::read_file(folder / file);
}

}  // namespace

TEST_CASE("an agent trains, is evaluated, collects and resumes in a Python environment") {
  const World world;
  const Ran trained = world.run("train sac.yaml");
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  const std::string config = text_of(world, "run/config.yaml");
  CHECK_THAT(config, Catch::Contains("layout: \"[2]\"") || Catch::Contains("layout: '[2]'"));
  CHECK_THAT(config, Catch::Contains("gymnasium 0.test"));
  const auto saved = nlohmann::json::parse(text_of(world, "run/eval.json"));
  CHECK(saved.at("env") == "worlds:Point-v0");
  CHECK(saved.at("env_versions").get<std::string>().starts_with("gymnasium 0.test"));
  CHECK(!saved.contains("mujoco_version"));  // our MuJoCo simulates nothing here
  CHECK_THAT(world.run("info run").out, Catch::Contains(" episodes, success "));

  const Ran refused = world.run("eval run");
  CHECK(refused.status == 2);
  CHECK(is_one_line(refused.err));
  CHECK_THAT(refused.err, Catch::Contains("env.python=python3"));

  // The same result for any number of threads, and the same as during training.
  std::string returns;
  for (const char* threads : {"1", "3"}) {
    const Ran ran =
        world.run("eval run --json env.python=python3 training.threads=" + std::string(threads));
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    const auto json = nlohmann::json::parse(ran.out);
    CHECK(json.at("targets").at(0).at("invalid") == 0);
    const std::string now = json.at("targets").at(0).at("returns").dump();
    CHECK((returns.empty() || returns == now));
    returns = now;
    CHECK(now == saved.at("last").at("targets").at(0).at("returns").dump());
  }

  const Ran collected = world.run(
      "collect policy=run env.python=python3 transitions=100 "
      "output=data.hdf5");
  INFO(collected.err);
  CHECK(collected.status == 0);
  CHECK_THAT(collected.out, Catch::Contains("100 transitions"));
  const Ran as_minari = world.run(
      "collect policy=run env.python=python3 transitions=100 format=minari output=point-v0");
  INFO(as_minari.err);
  CHECK(as_minari.status == 0);
  CHECK(!nlohmann::json::parse(text_of(world, "point-v0/data/metadata.json"))
             .contains("mujoco_version"));

  const Ran resumed = world.run("train --resume run training.steps=50 env.python=python3");
  INFO(resumed.err);
  CHECK(resumed.status == 0);
  CHECK(nlohmann::json::parse(text_of(world, "run/eval.json")).at("last").at("step") == 50);
}

TEST_CASE("a decision transformer trains on data of a Python environment") {
  const World world;
  const std::string env = "env=\"{kind: gymnasium, id: 'worlds:Point-v0'}\" ";
  const Ran collected =
      world.run("collect " + env + "policy=random transitions=300 output=data.hdf5");
  INFO(collected.err);
  REQUIRE(collected.status == 0);
  seqrl::write_file_atomically(
      world / "dt.yaml", env_of("") + "device: cpu\ndataset: {path: data.hdf5}\noutput: run\n");
  const Ran trained = world.run("train dt.yaml training.steps=6 " + kTinyRun);
  INFO(trained.err);
  CHECK(trained.status == 0);
}

TEST_CASE("a fault of a Python environment invalidates at most its episode") {
  struct Fault {
    const char *name, *says;
  };
  const Fault fault = GENERATE(Fault{"raise", "an episode is invalid: ValueError: boom (worlds.py"},
                               Fault{"kill", "its process was terminated by a signal: Killed"},
                               Fault{"print", "its process printed"});
  INFO(fault.name);
  const World world(std::string(", options: {fault: ") + fault.name + ", at: 4, even: true}");
  const Ran trained = world.run("train sac.yaml training.threads=1");
  INFO(trained.err);
  REQUIRE(trained.status == 0);
  CHECK_THAT(text_of(world, "run/log.txt"), Catch::Contains(fault.says));
  const Ran evaluated = world.run("eval run --json env.python=python3");
  REQUIRE(evaluated.status == 0);
  const auto json = nlohmann::json::parse(evaluated.out);
  CHECK((json.at("targets").at(0).at("invalid") > 0) == (std::string(fault.name) != "print"));
  CHECK_THAT(json.at("notes").dump(), Catch::Contains(fault.says));
}

TEST_CASE("a run whose Python environment failed to start can be resumed") {
  const World world;
  REQUIRE(world.run("train sac.yaml").status == 0);
  const std::string resume = "train --resume run training.steps=60 ";
  const Ran broken = world.run(resume + "env.python=/bin/false");
  CHECK(broken.status != 0);
  CHECK(is_one_line(broken.err));
  const Ran resumed = world.run(resume + "env.python=python3");
  INFO(resumed.err);
  CHECK(resumed.status == 0);
}

TEST_CASE("seqrl check tests a Python environment and reports its faults") {
  const World world;
  const auto check = [&](const std::string& more) {
    return world.run("check \"env={kind: gymnasium, id: 'worlds:Point-v0'" + more + "}\" --json");
  };
  const Ran right = check("");
  INFO(right.err);
  CHECK(right.status == 0);
  CHECK(nlohmann::json::parse(right.out).at("broken").empty());
  const Ran wrong = check(", options: {fault: raise}");
  CHECK(wrong.status == 1);
  CHECK_THAT(wrong.out, Catch::Contains("ValueError: boom"));
}

TEST_CASE("bench env separates each name from its value") {
  const World world;
  const Ran ran =
      world.run("bench env \"env={kind: gymnasium, id: 'worlds:Point-v0'}\" training.threads=1");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  std::istringstream lines(ran.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    INFO(line);
    std::istringstream words(line);
    std::string name, value, more;
    CHECK((words >> name >> value && !(words >> more)));
  }
  CHECK(count == 8);
}

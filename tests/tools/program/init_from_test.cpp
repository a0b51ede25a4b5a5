// A run that begins with the weights of another run.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

nlohmann::json last_evaluation(const TemporaryFolder& folder, const std::string& run) {
  const auto file = nlohmann::json::parse(read_file(folder / (run + "/eval.json")));
  return file.at("last").at("targets");
}

// A step that changes nothing.
const std::string kStandStill = "training.steps=1 training.lr=1e-30 ";

}  // namespace

TEST_CASE("a run that starts from another run's weights acts the same") {
  const Workspace folder;
  const Ran ran =
      seqrl_in(folder, "train tiny.yaml " + kTinyRun + "output=next init_from=run " + kStandStill);
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK(last_evaluation(folder, "next") == last_evaluation(folder, "run"));

  // And without them like a new one.
  REQUIRE(seqrl_in(folder, "train tiny.yaml " + kTinyRun + "output=fresh " + kStandStill).status ==
          0);
  CHECK_FALSE(last_evaluation(folder, "fresh") == last_evaluation(folder, "run"));
}

TEST_CASE("normalisation is kept with the weights, or refitted to the new data") {
  const Workspace folder;
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=300 seed=9 output=other.hdf5").status ==
          0);
  const std::string begun =
      "train tiny.yaml " + kTinyRun + kStandStill + "init_from=run dataset.path=other.hdf5 ";
  REQUIRE(seqrl_in(folder, begun + "output=kept").status == 0);
  REQUIRE(seqrl_in(folder, begun + "output=refitted init_normalization=refit").status == 0);
  CHECK(last_evaluation(folder, "kept") == last_evaluation(folder, "run"));
  CHECK_FALSE(last_evaluation(folder, "refitted") == last_evaluation(folder, "run"));
}

TEST_CASE("a run that started from another run's weights resumes without that run") {
  const Workspace folder;
  const std::string begun = "train tiny.yaml " + kTinyRun + "init_from=run output=";
  REQUIRE(seqrl_in(folder, begun + "whole training.steps=8").status == 0);
  REQUIRE(seqrl_in(folder, begun + "cut training.steps=4").status == 0);
  std::filesystem::remove_all(folder / "run");
  const Ran ran = seqrl_in(folder, "train --resume cut training.steps=8");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK(last_evaluation(folder, "cut") == last_evaluation(folder, "whole"));
}

TEST_CASE("incompatible weights are rejected in one line, and nothing is written") {
  const Workspace folder;
  const auto refused = [&](const std::string& settings, const std::string& why) {
    const Ran ran =
        seqrl_in(folder, "train tiny.yaml " + kTinyRun + "output=next init_from=" + settings);
    INFO(ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Contains(why));
    CHECK_FALSE(std::filesystem::exists(folder / "next"));
  };
  refused("nowhere", "nowhere");
  refused("run backbone=mamba", "its backbone is min_gru, but this run's is mamba");
  refused("run agent=behavior_cloning", "its agent is decision_transformer");
  refused("run backbone.mlp=2", "mlp");
  refused("run task=majority env=none dataset.path=", "");
}

// Runs tools/examples/environment_yaml as in its README: trained, stopped, resumed, evaluated.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

// A folder from which the example finds its model.
struct Checkout : TemporaryFolder {
  Checkout() {
    for (const char* name : {"envs", "tools"}) {
      std::filesystem::create_symlink(std::filesystem::path(SEQRL_SOURCE_DIR) / name, *this / name);
    }
  }
};

const std::string kExample = "tools/examples/environment_yaml/hopper.yaml ";
const std::string kSmall =
    "agent.dim=16 agent.batch=8 agent.random_steps=6 training.log_every=4 evaluation.every=10 "
    "evaluation.episodes=2 ";

}  // namespace

TEST_CASE("the environment_yaml example trains, resumes and evaluates") {
  const Checkout folder;
  REQUIRE(seqrl_in(folder, "train " + kExample + kSmall + "output=run training.steps=12").status ==
          0);
  REQUIRE(seqrl_in(folder, "train --resume run training.steps=20").status == 0);
  const Ran eval = seqrl_in(folder, "eval run/checkpoints/best.safetensors --json episodes=3");
  REQUIRE(eval.status == 0);
  const auto json = nlohmann::json::parse(eval.out);
  CHECK(json.at("env") == "hopper");
  CHECK(json.at("targets")[0].at("score_mean").is_null());  // only the built-in has D4RL's

  REQUIRE(
      seqrl_in(folder, "collect config=" + kExample + "transitions=300 output=data.hdf5").status ==
      0);
  const auto check = nlohmann::json::parse(seqrl_in(folder, "check data.hdf5 --json").out);
  CHECK(check.at("observation_deviation") == 0);
  CHECK(check.at("termination_mismatches") == 0);
}

TEST_CASE("check and render accept the new path of a moved model") {
  const Checkout folder;
  const std::filesystem::path model = std::filesystem::path(SEQRL_SOURCE_DIR) / "envs/assets";
  std::filesystem::copy(model / "hopper.xml", folder / "old.xml");
  REQUIRE(seqrl_in(folder,
                   "train " + kExample + kSmall + "env.model=old.xml output=run training.steps=10")
              .status == 0);
  REQUIRE(seqrl_in(folder, "collect config=run transitions=300 output=data.hdf5").status == 0);
  std::filesystem::rename(folder / "old.xml", folder / "new.xml");
  const Ran lost = seqrl_in(folder, "check data.hdf5");
  CHECK(lost.status == 2);
  CHECK(is_one_line(lost.err));
  CHECK(seqrl_in(folder, "check data.hdf5 env.model=new.xml").status == 0);
  CHECK(seqrl_in(folder, "check data.hdf5 config=run env.model=new.xml").status == 0);
  CHECK_THAT(seqrl_in(folder, "render run").err, Catch::Contains("old.xml"));
  CHECK_THAT(seqrl_in(folder, "render run env.model=gone.xml").err, Catch::Contains("gone.xml"));
}

TEST_CASE("errors in a described environment name the key or the file") {
  const Checkout folder;
  const auto rejected = [&](const std::string& setting, const std::string& because) {
    INFO(setting);
    const Ran ran = seqrl_in(folder, "train " + kExample + setting);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
  };
  rejected("env.model=envs/assets/hoper.xml", "env.model");
  rejected("env.frameskip=3", "'env.frame_skip'");
  rejected("env.reward.joint_velocities.root_xx=1", "'root_x'");
  rejected("env.termination.joint_positions.hip=3", "[low, high]");
  rejected("agent=decision_transformer dataset.path=x.hdf5", "x.hdf5");
  CHECK(!std::filesystem::exists(folder / "runs"));
}

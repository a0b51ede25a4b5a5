// Environments whose actions are not in [-1, 1], through the program.
#include <cmath>

#include "agents/datasets/load.h"
#include "tests/tools/program/program.h"

namespace {

const std::string kWide = "plugins=" SEQRL_PLUGINS "/libwide_actions.so env=wide_actions ";

// Checks that a dataset's actions are in the box of wide_actions, and not only within ±1.
void check_in_box(const std::filesystem::path& file) {
  INFO(file);
  const seqrl::Trajectories data = seqrl::load_dataset(file.string(), {.keep_cut_episodes = true});
  float largest = 0;
  for (std::int64_t i = 0; i < data.transitions(); ++i) {
    const auto action = data.actions().subspan(static_cast<std::size_t>(3 * i), 3);
    CHECK(std::abs(action[0]) <= 3);
    CHECK((action[1] >= 0 && action[1] <= 8));
    CHECK(action[2] == 5);
    largest = std::max(largest, action[1]);
  }
  CHECK(largest > 2);
}

}  // namespace

TEST_CASE("every agent learns and acts within the action bounds of its environment") {
  const TemporaryFolder folder;
  seqrl::write_file_atomically(folder / "empty.yaml", "device: cpu\n");
  const auto runs = [&](const std::string& arguments) {
    INFO(arguments);
    const Ran ran = seqrl_in(folder, arguments);
    CHECK(ran.err.find("is not in the box") == std::string::npos);
    REQUIRE(ran.status == 0);
    return ran;
  };
  runs("train empty.yaml " + kWide +
       "output=sac training.steps=80 evaluation.episodes=2 "
       "agent='{kind: sac, dim: 16, batch: 8, random_steps: 40}'");
  runs("collect " + kWide + "replay=sac output=replayed.hdf5");
  runs("collect " + kWide + "policy=sac transitions=200 output=data.hdf5");
  runs("collect " + kWide + "transitions=200 output=random.hdf5");
  for (const char* file : {"replayed.hdf5", "data.hdf5", "random.hdf5"})
    check_in_box(folder / file);
  const std::string offline = kWide + "dataset.path=random.hdf5 " + kTinyRun;
  const Ran trained = runs("train empty.yaml " + offline + "output=dt training.steps=20");
  CHECK(trained.err.find("bounds") == std::string::npos);  // all known, nothing is outside
  runs("train empty.yaml " + offline + "output=bc training.steps=20 agent=behavior_cloning");
  for (const std::string run : {"sac", "dt", "bc"}) {
    runs("eval " + run + " episodes=2 --json plugins=" SEQRL_PLUGINS "/libwide_actions.so");
    runs("collect " + kWide + "policy=" + run + " transitions=60 output=" + run + ".hdf5");
    check_in_box(folder / (run + ".hdf5"));
    CHECK_THAT(runs("info " + run).out, Catch::Contains("-3 to 3, 0 to 8, 5 to 5"));
  }
}

TEST_CASE("missing action bounds are taken from the dataset, or rejected without one") {
  const TemporaryFolder folder;
  const auto cart = [&](const std::string& range) {
    seqrl::write_file_atomically(
        folder / "cart.xml",
        "<mujoco><worldbody><body><joint name='rail' type='slide' axis='1 0 0' damping='1'/>"
        "<geom size='0.1'/></body></worldbody><actuator><motor name='push' joint='rail' " +
            range + "/></actuator></mujoco>");
  };
  seqrl::write_file_atomically(
      folder / "cart.yaml",
      "device: cpu\nenv: {kind: mjcf, model: cart.xml, max_episode_steps: 20, reward: "
      "{joint_velocities: {rail: 1}}}\n");
  cart("ctrllimited='true' ctrlrange='-2 3'");
  REQUIRE(seqrl_in(folder, "collect config=cart.yaml transitions=200 output=wide.hdf5").status ==
          0);
  cart("ctrllimited='true' ctrlrange='-1 1'");
  // The data names another cart.
  const std::string train =
      "train cart.yaml dataset.path=wide.hdf5 dataset.env_mismatch=allow training.steps=4 " +
      kTinyRun;
  const Ran narrow = seqrl_in(folder, train + "output=narrow");
  CHECK(narrow.status == 0);  // actions outside are learned as the nearest bound
  cart("");
  const Ran unbounded = seqrl_in(folder, train + "output=unbounded");
  CHECK(unbounded.status == 0);
  CHECK_THAT(unbounded.err,
             Catch::Contains("no known bounds") && Catch::Contains("dataset's are used: -1.9"));
  CHECK_THAT(seqrl::read_file(folder / "unbounded/log.txt"), Catch::Contains("no known bounds"));
  const Ran sac = seqrl_in(folder, "train cart.yaml agent=sac output=sac training.steps=4");
  CHECK(sac.status == 2);
  CHECK(is_one_line(sac.err));
  CHECK_THAT(sac.err, Catch::Contains("actuator 'push' of cart has no bounds"));
}

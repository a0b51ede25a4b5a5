// The plugins of tools/examples, and plugins that must be rejected.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

namespace fs = std::filesystem;

const std::string kPendulum = SEQRL_SOURCE_DIR "/tools/examples/environment_plugin/pendulum.yaml ";
const std::string kGatedDecay =
    SEQRL_SOURCE_DIR "/tools/examples/backbone_plugin/gated_decay.yaml ";
const std::string kSmallSac =
    "agent.dim=16 agent.batch=8 agent.random_steps=6 training.log_every=4 evaluation.every=10 "
    "evaluation.episodes=2 ";

// A folder in which the plugins were built, as the examples' configs expect.
struct Built : TemporaryFolder {
  Built() { fs::create_directory_symlink(SEQRL_PLUGINS, *this / "build"); }
};

}  // namespace

TEST_CASE("an environment from a shared library trains, resumes, evaluates and collects") {
  const Built folder;
  const std::string allow = " plugins=build/libpendulum.so";
  REQUIRE(
      seqrl_in(folder, "train " + kPendulum + kSmallSac + "output=run training.steps=12").status ==
      0);
  REQUIRE(seqrl_in(folder, "train --resume run training.steps=20" + allow).status == 0);
  REQUIRE(seqrl_in(folder, "train " + kPendulum + kSmallSac + "output=whole training.steps=20")
              .status == 0);
  const auto last = [&](const std::string& run) {
    return nlohmann::json::parse(seqrl::read_file(folder / (run + "/eval.json"))).at("last");
  };
  CHECK(last("run") == last("whole"));
  const Ran eval =
      seqrl_in(folder, "eval run/checkpoints/best.safetensors --json episodes=3" + allow);
  REQUIRE(eval.status == 0);
  CHECK(nlohmann::json::parse(eval.out).at("env") == "pendulum");
  CHECK(seqrl_in(folder,
                 "collect config=run/config.yaml policy=run transitions=400 output=x.hdf5" + allow)
            .status == 0);

  // If the library has moved, the command line gives its path.
  fs::copy(fs::path(SEQRL_PLUGINS) / "libpendulum.so", folder / "libpendulum.so");
  fs::remove(folder / "build");
  const Ran lost = seqrl_in(folder, "eval run");
  CHECK(lost.status == 2);
  CHECK(is_one_line(lost.err));
  CHECK_THAT(lost.err, Catch::Contains("build/libpendulum.so") && Catch::Contains("plugins="));
  CHECK(seqrl_in(folder, "eval run episodes=2 plugins=libpendulum.so").status == 0);
  CHECK(seqrl_in(folder,
                 "collect plugins=[libpendulum.so] config=run policy=run transitions=400 "
                 "output=y.hdf5")
            .status == 0);
  CHECK(seqrl_in(folder, "train --resume run training.steps=22 plugins=libpendulum.so").status ==
        0);
}

TEST_CASE("every command on runs accepts the new path of a moved library") {
  const Built folder;
  // With a backbone from one plugin and an environment from another.
  REQUIRE(seqrl_in(folder, "train " + kGatedDecay + "output=task training.steps=4 backbone.dim=16")
              .status == 0);
  REQUIRE(seqrl_in(folder, "train " + kPendulum + kSmallSac + "output=agent training.steps=12")
              .status == 0);
  for (const char* library : {"libgated_decay.so", "libpendulum.so"}) {
    fs::copy(fs::path(SEQRL_PLUGINS) / library, folder / library);
  }
  fs::remove(folder / "build");
  for (const std::string command :
       {"eval task length=16 evaluation_examples=8", "eval agent episodes=2",
        "export task exported", "export agent exported", "plot agent figures=[targets]"}) {
    INFO(command);
    const Ran lost = seqrl_in(folder, command);
    CHECK(lost.status == 2);
    CHECK(is_one_line(lost.err));
    CHECK_THAT(lost.err, Catch::Contains("plugins=[build/lib"));
  }
  // A report has the rest, and a line on the missing parts.
  const Ran report = seqrl_in(folder, "report agent", "env PATH=/nowhere");
  CHECK(report.status == 0);
  CHECK_THAT(report.err, Catch::Contains("note: no figure of targets: ") &&
                             Catch::Contains("plugins=[build/libpendulum.so]"));
  const std::string moved = " 'plugins=[libgated_decay.so, libpendulum.so]'";
  for (const std::string command : {"info task", "info agent", "info agent/config.yaml",
                                    "table task agent", "report task", "report agent"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command + moved);
    INFO(ran.err);
    CHECK(ran.status == 0);
  }
  const Ran plot = seqrl_in(folder, "plot task agent output=plots" + moved, "env PATH=/nowhere");
  CHECK_THAT(plot.err, Catch::Contains("gnuplot is not installed"));
  CHECK(fs::exists(folder / "plots/pendulum-score.csv"));
  // Libraries left at the old path do not matter, whether from another build or a copy.
  fs::create_directory(folder / "build");
  seqrl::write_file_atomically(folder / "build/libgated_decay.so", "of another build");
  fs::copy(folder / "libpendulum.so", folder / "build/libpendulum.so");
  for (const std::string command : {"info task", "eval agent episodes=2"}) {
    INFO(command);
    CHECK(seqrl_in(folder, command + moved).status == 0);
  }

  const auto rejected = [&](const std::string& command, const std::string& because) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
  };
  rejected("info agent plugins=libpendulum.so episodes=2", "info: 'episodes=2'");
  for (const char* command : {"info", "eval", "render", "plot", "table", "report"}) {
    rejected(command + std::string(" agent plugin=libpendulum.so"), "did you mean 'plugins'?");
    rejected(command + std::string(" agent plugins=nowhere.so"), "nowhere.so: no such file");
  }
}

TEST_CASE("checking a dataset does not load a plugin that only the file names") {
  const Built folder;
  const std::string model = SEQRL_SOURCE_DIR "/envs/assets/hopper.xml";
  REQUIRE(seqrl_in(folder, "collect plugins=build/libpendulum.so 'env={kind: mjcf, model: \"" +
                               model + "\"}' transitions=300 output=x.hdf5")
              .status == 0);
  std::string file = seqrl::read_file(folder / "x.hdf5");
  fs::remove(folder / "build");
  CHECK(seqrl_in(folder, "check x.hdf5").status == 0);

  // If the environment itself is a plugin's, the error names the setting to give.
  const std::size_t kind = file.find("kind: mjcf");
  REQUIRE(kind != std::string::npos);
  seqrl::write_file_atomically(folder / "x.hdf5", file.replace(kind, 10, "kind: mine"));
  const Ran ran = seqrl_in(folder, "check x.hdf5");
  CHECK(ran.status == 2);
  CHECK(is_one_line(ran.err));
  CHECK_THAT(ran.err, Catch::Contains("its environment 'mine' comes from a plug-in") &&
                          Catch::Contains("give 'plugins=[build/libpendulum.so]'"));
}

TEST_CASE("a backbone from a shared library trains and evaluates") {
  const Built folder;
  REQUIRE(seqrl_in(folder, "train " + kGatedDecay + "output=run training.steps=4 backbone.dim=16")
              .status == 0);
  CHECK(seqrl_in(folder, "eval run length=16 evaluation_examples=8 plugins=build/libgated_decay.so")
            .status == 0);
  CHECK_THAT(seqrl_in(folder, "help config plugins=build/libgated_decay.so").out,
             Catch::Contains("backbone=gated_decay"));
}

TEST_CASE("an invalid plugin or setting of a plugin is rejected in one line") {
  const Built folder;
  std::string plugin = seqrl::read_file(fs::path(SEQRL_PLUGINS) / "libpendulum.so");
  seqrl::write_file_atomically(folder / "copy.so", plugin);
  const std::string stamp = "built against seqrl ";
  plugin.replace(plugin.find(stamp) + stamp.size(), 5, "0.0.9");
  seqrl::write_file_atomically(folder / "old.so", plugin);
  const auto rejected = [&](const std::string& settings, const std::string& because) {
    INFO(settings);
    const Ran ran = seqrl_in(folder, "train " + kPendulum + settings);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
  };
  rejected("plugins=build/libpendulun.so", "no such file");
  rejected("plugins=" + kPendulum, "not a shared library");
  rejected("plugins=build/libno_plugin.so", "SEQRL_PLUGIN");
  rejected("plugins=build/libtaken.so", "a backbone named 'gru' is already registered");
  rejected("plugins=build/libthrows.so", "its registration failed: no licence found");
  rejected("plugins=build/libundefined.so", "nowhere_to_be_found");
  rejected("plugins=[build/libpendulum.so,copy.so]", "already registered");
  rejected("plugins=old.so", "built against seqrl 0.0.9");
  rejected("env=pendulun", "'pendulum'");
  rejected("env.lenght=2", "'env.length'");
  rejected("plugins=[]", "unknown kind 'pendulum'");
}

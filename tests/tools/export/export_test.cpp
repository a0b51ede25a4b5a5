// seqrl export: a folder to share. It acts like the run and does not reveal the machine.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/tools/program/program.h"

namespace fs = std::filesystem;

namespace {

nlohmann::json scores(const TemporaryFolder& folder, const std::string& agent) {
  const Ran ran = seqrl_in(folder, "eval " + agent + " --json episodes=2 mode=stream");
  REQUIRE(ran.status == 0);
  return nlohmann::json::parse(ran.out).at("targets");
}

}  // namespace

TEST_CASE("an exported run scores the same as the run, and has the files of a model repository") {
  const Workspace folder;
  seqrl::write_file_atomically(folder / "run" / "video.mp4", "pictures");
  const std::string data = (folder / "data.hdf5").string();
  REQUIRE(seqrl_in(folder, "train tiny.yaml training.steps=6 " + kTinyRun + "output='" +
                               (folder / "absolute").string() + "' dataset.path='" + data + "'")
              .status == 0);
  for (const std::string run : {"run", "absolute"}) {
    const std::string out = run + "-export";
    REQUIRE(seqrl_in(folder, "export " + run + " " + out + "/").status == 0);
    CHECK(scores(folder, out) == scores(folder, run + "/checkpoints/best.safetensors"));
    CHECK(scores(folder, out + "/last.safetensors") == scores(folder, run));
    CHECK(fs::exists(folder / out / "replay.mp4") == (run == "run"));
    for (const auto& file : fs::directory_iterator(folder / out)) {
      INFO(file.path());
      const std::string bytes = seqrl::read_file(file.path());
      CHECK(!bytes.empty());
      CHECK(bytes.find(folder.path().string()) == std::string::npos);
    }
  }
  const std::string card = seqrl::read_file(folder / "run-export" / "README.md");
  CHECK_THAT(card, !Catch::Contains("env.model"));
  CHECK(card.starts_with("---\nlibrary_name: seqrl\n"));
  for (const char* part : {"- \"decision_transformer\"\n", "- name: \"run\"\n", "mean_reward",
                           "| best | ", "`step.onnx`", "`replay.mp4`", "trained for 6 steps"}) {
    CHECK_THAT(card, Catch::Contains(part));
  }
  CHECK(fs::exists(folder / "run-export" / "step.onnx"));
  CHECK(seqrl::read_file(folder / "run-export" / "eval.json") ==
        seqrl::read_file(folder / "run" / "eval.json"));

  const Ran other = seqrl_in(folder, "export run named name=walker onnx=false");
  CHECK(other.status == 0);
  CHECK(!fs::exists(folder / "named" / "step.onnx"));
  CHECK_THAT(seqrl::read_file(folder / "named" / "README.md"), Catch::Contains("# walker\n"));
}

TEST_CASE("a failed export says why and leaves no folder") {
  const Workspace folder;
  seqrl::write_file_atomically(folder / "file", "");
  const auto refused = [&](const std::string& arguments, int status, const std::string& because) {
    const Ran ran = seqrl_in(folder, arguments);
    INFO(arguments << ": " << ran.err);
    CHECK(ran.status == status);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
  };
  refused("export run run", 2, "exists already; give a new folder");
  refused("export run file", 2, "exists already; give a new folder");
  refused("export run ''", 2, "DIR is empty");
  refused("export nowhere new", 2, "nowhere: no such run");
  refused("export data.hdf5 new", 2, "data.hdf5: no such run");
  refused("export run/checkpoints new", 2, "no checkpoint in it");
  refused("export run new nmae=x", 2, "did you mean 'name'?");
  refused("export run file/new", 1, "file/new");
  CHECK(!fs::exists(folder / "new"));
}

TEST_CASE("the export of a described environment contains its name but no local paths") {
  const TemporaryFolder folder;
  const std::string assets = SEQRL_SOURCE_DIR "/envs/assets";
  fs::copy(assets + "/hopper.xml", folder / "robot.xml");
  fs::copy(fs::path(SEQRL_PLUGINS) / "libgated_decay.so", folder / "libgated_decay.so");
  const std::string model = (folder / "robot.xml").string();
  const std::string plugin = (folder / "libgated_decay.so").string();
  seqrl::write_file_atomically(
      folder / "robot.yaml",
      "plugins: ['" + plugin + "']\nenv: {kind: mjcf, name: jumper, model: '" + model +
          "', reward: {alive: 1}}\n" + "agent: {kind: sac, dim: 16, batch: 8, random_steps: 6}\n");
  REQUIRE(seqrl_in(folder,
                   "train robot.yaml output=run training.steps=8 training.log_every=4 "
                   "evaluation.every=8 evaluation.episodes=2")
              .status == 0);
  REQUIRE(seqrl_in(folder, "export run out plugins=libgated_decay.so").status == 0);
  for (const auto& file : fs::directory_iterator(folder / "out")) {
    INFO(file.path());
    CHECK(seqrl::read_file(file.path()).find(folder.path().string()) == std::string::npos);
  }
  CHECK_THAT(seqrl::read_file(folder / "out/config.yaml"),
             Catch::Contains("model: robot.xml") && Catch::Contains("[libgated_decay.so]"));
  const std::string card = seqrl::read_file(folder / "out/README.md");
  CHECK_THAT(card, Catch::Contains("for `jumper`") && Catch::Contains("env.model=robot.xml") &&
                       Catch::Contains("not part of this folder") &&
                       Catch::Contains("`eval.json`"));
  CHECK_THAT(card, !Catch::Contains("mjcf") && !Catch::Contains("D4RL"));
  CHECK_THAT(seqrl::read_file(folder / "out/step.onnx"), Catch::Contains("jumper"));
  CHECK(seqrl_in(folder, "eval out episodes=1 plugins=libgated_decay.so").status == 0);

  fs::remove(folder / "run/eval.json");
  REQUIRE(seqrl_in(folder, "export run unscored plugins=libgated_decay.so").status == 0);
  CHECK_THAT(seqrl::read_file(folder / "unscored/README.md"), !Catch::Contains("eval.json"));
}

TEST_CASE("attention without a window is exported without ONNX, and a message says so") {
  const Workspace folder;
  REQUIRE(seqrl_in(folder, "train tiny.yaml training.steps=2 output=attention " + kTinyRun +
                               "backbone=transformer backbone.window=0")
              .status == 0);
  const Ran ran = seqrl_in(folder, "export attention out");
  CHECK(ran.status == 0);
  CHECK_THAT(ran.err, Catch::Contains("no step.onnx: transformer"));
  CHECK(!fs::exists(folder / "out" / "step.onnx"));
  CHECK_THAT(seqrl::read_file(folder / "out" / "README.md"), !Catch::Contains("step.onnx"));
}

// The program from a user's view: exit statuses, one line on stderr, JSON on stdout.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "configs/base/files.h"
#include "models/core/device.h"
#include "tests/catch.h"
#include "tests/tools/program/program.h"

TEST_CASE("check accepts a dataset of any name, and rejects a Minari dataset with a reason") {
  const TemporaryFolder folder;
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=50 output=x.h5").status == 0);
  CHECK(seqrl_in(folder, "check x.h5").status == 0);
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=50 output=m-v0 format=minari").status ==
          0);
  for (const char* path : {"m-v0", "m-v0/data", "m-v0/data/main_data.hdf5"}) {
    const Ran ran = seqrl_in(folder, std::string("check ") + path);
    CHECK(ran.status == 2);
    CHECK_THAT(ran.err, Catch::Contains("a Minari dataset") && Catch::Contains("format=d4rl"));
  }
}

TEST_CASE("user errors exit with status 2 and one line that says what to do") {
  const Workspace folder;
  const auto rejected = [&](const std::string& arguments, const std::string& because) {
    INFO(arguments);
    const Ran ran = seqrl_in(folder, arguments);
    CHECK(ran.status == 2);
    CHECK(ran.out.empty());
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
  };
  rejected("train tiny.yaml training.stpes=3", "training.steps");
  rejected("train tiny.yaml backbone=min_gur", "min_gru");
  rejected("train tiny.yaml training.lr=fast", "training.lr");
  rejected("train nothing.yaml", "nothing.yaml");
  rejected("train tiny.yaml", "contains a run already");
  rejected("train tiny.yaml output=new dataset.path=missing.hdf5", "missing.hdf5");
  rejected("train tiny.yaml output=new env=walker2d", "walker2d");
  if (seqrl::cuda_problem()) {
    rejected("train tiny.yaml output=new device=cuda", "device: cuda is not available");
    rejected("bench train device=cuda", "device: cuda is not available");
    rejected("train tiny.yaml output=new device=cuda:1", "device: cuda:1 is not available");
    rejected("eval run device=cuda", "evaluation.device: cuda is not available");
  }
  rejected("train tiny.yaml output=new device=cuda:one", "auto | cpu | cuda | cuda:NUMBER");
  rejected("train", "--resume");
  rejected("eval nowhere", "nowhere");
  rejected("train run",
           "a folder, not a config; to resume the run in it: seqrl train --resume run");
  rejected("train run/checkpoints", "run/checkpoints: a folder, not a config");
  rejected("train --resume run/checkpoints/last.safetensors",
           "a file, not a run's folder; the run is run");
  rejected("train --resume data.hdf5", "data.hdf5: a file, not a run's folder");
  rejected("train tiny.yaml output=new evaluation.targets=[1e300]", "from -1e15 to 1e15");
  rejected("eval run targets=[1e300]", "from -1e15 to 1e15");
  rejected("plot run figures=[foo]", "figures: no run has a metric 'foo'; known: score, targets");
  rejected("eval run checkpoint=foo", "known: last, best");
  rejected("train " SEQRL_SOURCE_DIR "/configs/tasks/shakespeare.yaml output=new",
           "task.data: there is no tinyshakespeare.txt; set task.data");
  rejected("train tiny.yaml output=new dataset.path=none.hdf5", "set dataset.path=FILE");
  rejected("eval run backbone=lstm", "cannot be changed");
  rejected("eval run episode=5", "did you mean 'episodes'?");
  rejected("eval data.hdf5", "data.hdf5");
  rejected("bench act device=cuda",
           seqrl::cuda_problem() ? "device: cuda" : "bench act runs on the CPU");
  rejected("bench eval checkpoint=run env=walker2d", "its own environment");
  rejected("info nowhere", "nowhere");
  rejected("info .", "neither a run (config.yaml) nor a Minari dataset");
  rejected("render run env=walker2d", "walker2d has 17 and 6");
  rejected("render run output=video.avi", "ends in .mp4");
  rejected("export run name=mine", "is given where DIR");
  rejected("plot run targets=10,20", "in brackets, [1000,2000]");
  rejected("check tiny.yaml", "tiny.yaml");
  rejected("check cut.hdf5", "cut.hdf5");
  rejected("check run", "run: a folder; give a recording");
  rejected("collect env=hopper output=data.hdf5", "data.hdf5 exists already; give another name");
  rejected("bench speed", "unknown benchmark 'speed'");
  rejected("collect env=hopper", "output");
  rejected("collect env=hopper policy=med output=x.hdf5",
           "known: random, expert, medium, medium-expert");
  rejected("help me", "no help for 'me'");
  rejected("trian tiny.yaml", "unknown command 'trian'; did you mean 'train'?; see seqrl --help");
  rejected("", "no command given; known: train, ");
  rejected("plot --jsn run", "--jsn; see seqrl plot --help");

  const std::string data = seqrl::read_file(folder / "data.hdf5");
  seqrl::write_file_atomically(folder / "cut.hdf5", data.substr(0, data.size() / 2));
  rejected("info cut.hdf5", "cut.hdf5");
  rejected("train tiny.yaml output=new dataset.path=cut.hdf5", "cut.hdf5");
  CHECK(!std::filesystem::exists(folder / "new"));
}

TEST_CASE("a failed write exits with status 1 and one line, and leaves no partial file") {
  const Workspace folder;
  // ThreadSanitizer's runtime cannot handle a short file of its own, so it gets no place for one.
  const Ran ran = seqrl_in(folder, "collect env=hopper transitions=5000 output=big.hdf5",
                           "ulimit -f 8; TMPDIR=/nowhere");
  CHECK(ran.status == 1);
  CHECK(is_one_line(ran.err));
  CHECK_THAT(ran.err, Catch::Contains("big.hdf5"));
  CHECK(!std::filesystem::exists(folder / "big.hdf5"));
}

TEST_CASE("a run that lost its last checkpoint names the previous one") {
  const Workspace folder;
  REQUIRE(std::filesystem::exists(folder / "run/checkpoints/previous.safetensors"));
  std::filesystem::remove(folder / "run/checkpoints/last.safetensors");
  for (const char* command : {"train --resume run training.steps=8", "eval run"}) {
    const Ran ran = seqrl_in(folder, command);
    CHECK(ran.status == 2);
    CHECK_THAT(ran.err, Catch::Contains("to use the previous one, copy "
                                        "run/checkpoints/previous.safetensors to that name"));
  }
}

TEST_CASE("resuming a finished run says that nothing is left to train") {
  const Workspace folder;
  const Ran ran = seqrl_in(folder, "train --resume run");
  CHECK(ran.status == 0);
  CHECK_THAT(ran.err, Catch::Contains("all 6 steps are done: nothing is left to train"));
}

TEST_CASE("an evaluation in another environment keeps the targets if that one has none") {
  const Workspace folder;
  const Ran ran = seqrl_in(folder, "eval run --json episodes=1 mode=stream env=hopper_v5");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK(nlohmann::json::parse(ran.out).at("targets")[0].at("target") == 100);
}

TEST_CASE("a full disk behind stdout is detected") {
  const Workspace folder;
  for (const std::string command :
       {"info run", "info tiny.yaml", "eval run episodes=1 --json", "table run --csv",
        "help config", "--version", "train --help"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command + " >/dev/full");
    CHECK(ran.status == 1);
    CHECK(ran.err == "seqrl: could not write the complete output\n");
  }
}

TEST_CASE("--json prints one document with the documented fields") {
  const Workspace folder;
  const auto json = [&](const std::string& arguments) {
    INFO(arguments);
    const Ran ran = seqrl_in(folder, arguments);
    REQUIRE(ran.status == 0);
    return nlohmann::json::parse(ran.out);
  };
  const auto eval = json("eval run --json mode=stream episodes=3");
  CHECK(eval.at("mode") == "stream");
  CHECK(eval.at("device") == "cpu");
  for (const char* key : {"env", "mujoco_version", "steps_per_second"}) CHECK(eval.contains(key));
  for (const char* key : {"target", "episodes", "return_mean", "return_std", "score_mean",
                          "score_std", "length_mean"}) {
    CHECK(eval.at("targets").at(0).contains(key));
  }
  CHECK(eval.at("targets")[0].at("episodes") == 3);
  CHECK(json("eval run/checkpoints/best.safetensors --json episodes=1").at("targets").size() == 2);
  CHECK(json("info data.hdf5 --json").at("transitions") == 400);
  CHECK(eval.at("targets")[0].at("returns").size() == 3);
  CHECK(eval.at("targets")[0].at("lengths").size() == 3);
  const auto sac_step =
      json("bench train --json agent=sac agent.batch=8 agent.dim=16 training.threads=1");
  CHECK(sac_step.at("dim") == 16);
  CHECK(sac_step.at("batch") == 8);
  CHECK(!sac_step.contains("context"));
  const auto task_step =
      json("bench train --json task=even_pairs backbone.dim=16 training.threads=1");
  CHECK(task_step.at("backbone") == "min_gru");
  CHECK(!task_step.contains("context"));
  const auto info = json("info run --json");
  CHECK(info.at("parameters") > 0);
  CHECK(info.at("seed") == 1);
  CHECK(info.at("lr") == 1e-4);
  CHECK(info.at("batch") == 4);
  CHECK(info.at("written").get<std::string>().ends_with("Z"));
  CHECK(info.at("dataset_fingerprint") == json("info data.hdf5 --json").at("fingerprint"));
  CHECK_THAT(seqrl_in(folder, "info run").out, Catch::Contains("seed 1, lr 0.0001, batch 4"));
  CHECK(json("info tiny.yaml --json").at("backbone_parameters") > 0);
  const std::string sac = SEQRL_SOURCE_DIR "/configs/hopper-sac.yaml";
  CHECK(json("info --json " + sac).at("backbone_parameters") == 0);
  CHECK_THAT(seqrl_in(folder, "info " + sac).out, Catch::EndsWith("# sac has no backbone\n"));
}

TEST_CASE("eval notes the settings that change nothing") {
  const Workspace folder;
  REQUIRE(seqrl_in(folder,
                   "train tiny.yaml agent=behavior_cloning output=cloned training.steps=2 "
                   "training.warmup=1 evaluation.episodes=2")
              .status == 0);
  const auto notes = [&](const std::string& arguments) {
    const Ran ran = seqrl_in(folder, "eval " + arguments + " episodes=1 --json");
    CHECK(ran.status == 0);
    CHECK(nlohmann::json::accept(ran.out));
    return ran.err;
  };
  const std::string cloned = notes("cloned targets=[100]");
  CHECK(is_one_line(cloned));
  CHECK_THAT(cloned, Catch::Contains("evaluation.targets=[100] changes nothing: behavior_cloning"));
  CHECK_THAT(notes("cloned mode=stream"), Catch::Contains("evaluation.mode=stream"));
  CHECK_THAT(notes("run every=5"), Catch::Contains("evaluation.every=5"));
  CHECK(notes("run targets=[200] mode=stream").empty());
}

TEST_CASE("a golden recording replays") {
  const std::filesystem::path golden = SEQRL_SOURCE_DIR "/../shared/golden";
  if (!std::filesystem::exists(golden)) {
    WARN("skipped: ../shared/golden does not exist");
    return;
  }
  const TemporaryFolder folder;
  for (const char* env : {"hopper", "walker2d", "halfcheetah", "ant"}) {
    const Ran ran = seqrl_in(folder, "check --json '" + (golden / env).string() + ".json'");
    CHECK(ran.status == 0);
    const auto json = nlohmann::json::parse(ran.out);
    CHECK(json.at("observation_deviation") <= 1e-9);
    CHECK(json.at("reward_deviation") <= 1e-9);
    CHECK(json.at("termination_mismatches") == 0);
  }
}

TEST_CASE("a recording that does not replay exits with status 1") {
  const std::filesystem::path golden = SEQRL_SOURCE_DIR "/../shared/golden/hopper.json";
  if (!std::filesystem::exists(golden)) {
    WARN("skipped: ../shared/golden does not exist");
    return;
  }
  const TemporaryFolder folder;
  auto recording = nlohmann::json::parse(seqrl::read_file(golden));
  recording["episodes"][0]["steps"][0]["reward"] = 7.0;
  seqrl::write_file_atomically(folder / "wrong.json", recording.dump());
  const Ran ran = seqrl_in(folder, "check --json wrong.json");
  CHECK(ran.status == 1);
  const auto json = nlohmann::json::parse(ran.out);
  CHECK(json.at("reward_deviation") > 1);
  for (const char* key : {"env", "episodes", "steps"}) CHECK(json.contains(key));
}

TEST_CASE("ctrl-C leaves a run that can be resumed, and says how") {
  const Workspace folder;
  const Ran ran =
      seqrl_in(folder, "train tiny.yaml " + kTinyRun + "output=long training.steps=1000000",
               "timeout --foreground --preserve-status -s INT 3");
  CHECK(ran.status == 1);
  CHECK_THAT(ran.err, Catch::Contains("seqrl train --resume long"));
  CHECK(seqrl_in(folder, "info long").status == 0);
}

TEST_CASE("help config lists the keys of a config") {
  const TemporaryFolder folder;
  const Ran ran = seqrl_in(folder, "help config");
  CHECK(ran.status == 0);
  for (const char* key : {"seed", "dataset", "backbone", "min_gru", "mamba", "weight_decay",
                          "targets", "match_parameters"}) {
    CHECK_THAT(ran.out, Catch::Contains(key));
  }
}

// Sweeps from a user's view.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/tools/program/program.h"
#include "tools/sweep/plan.h"
#include "tools/sweep/runner.h"

using namespace seqrl;
using namespace seqrl::tools;
using Catch::Contains;

namespace {

// A folder with a dataset and a sweep of four small runs.
struct SweepFolder : TemporaryFolder {
  SweepFolder() {
    REQUIRE(seqrl_in(*this, "collect env=hopper transitions=300 output=data.hdf5").status == 0);
    write_file_atomically(*this / "tiny.yaml", "env: hopper\ndataset: {path: data.hdf5}\n");
    std::string settings;
    std::istringstream words(kTinyRun);
    for (std::string word; words >> word;) settings += "'" + word + "', ";
    write_file_atomically(*this / "sweep.yaml",
                          "config: tiny.yaml\nsettings: [" + settings +
                              "training.steps=4]\ngrid: {backbone: [min_gru, gru]}\nseeds: [1, 2]\n"
                              "output: 'out/{backbone}-{seed}'\n");
  }
};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

}  // namespace

TEST_CASE("a sweep trains its grid, skips finished runs and resumes the others") {
  const SweepFolder folder;
  Ran ran = seqrl_in(folder, "sweep sweep.yaml jobs=2");
  INFO(ran.err);
  CHECK(ran.status == 0);
  CHECK(ran.out == "4 runs: 4 done now, 0 before, 0 failed, 0 left\n");
  const std::string weights = read_file(folder / "out/gru-2/checkpoints/last.safetensors");
  CHECK_THAT(read_file(folder / "out/gru-2/output.txt"), Contains("out/gru-2"));
  CHECK_THAT(read_file(folder / "out/gru-2/config.yaml"), Contains("kind: gru"));

  std::filesystem::remove(folder / "out/gru-2/eval.json");  // as if it had ended before
  std::filesystem::remove_all(folder / "out/gru-1");
  ran = seqrl_in(folder, "sweep sweep.yaml");
  CHECK(ran.out == "4 runs: 2 done now, 2 before, 0 failed, 0 left\n");
  CHECK_THAT(ran.err, Contains("gru-2: resumed") && Contains("gru-1: started"));

  ran = seqrl_in(folder, "sweep sweep.yaml training.steps=6");
  CHECK(ran.out == "4 runs: 4 done now, 0 before, 0 failed, 0 left\n");
  CHECK_THAT(seqrl_in(folder, "info out/gru-2").out, Contains("6 of 6"));
}

TEST_CASE("a resumed run gets the sweep's new evaluation settings, a finished one a message") {
  const SweepFolder folder;
  const std::string one = "sweep sweep.yaml seeds=1 'grid.backbone=[gru]' ";
  REQUIRE(seqrl_in(folder, one).status == 0);
  const auto steps = nlohmann::json::parse(seqrl_in(folder, "info out/gru-1 --json").out)
                         .at("steps")
                         .get<std::int64_t>();
  const std::string other = one + "evaluation.episodes=3 ";
  CHECK_THAT(seqrl_in(folder, other).err,
             Contains("evaluated without evaluation.episodes=3; seqrl eval measures it again"));
  const std::string longer = other + "training.steps=" + std::to_string(steps + 2);
  CHECK_THAT(seqrl_in(folder, longer + " --print").out, Contains("evaluation.episodes=3"));
  REQUIRE(seqrl_in(folder, longer).status == 0);
  const auto last = nlohmann::json::parse(seqrl::read_file(folder / "out/gru-1/eval.json"));
  CHECK(last.at("last").at("targets")[0].at("episodes") == 3);
}

TEST_CASE("--print prints one command per remaining run") {
  const SweepFolder folder;
  CHECK(seqrl_in(folder, "sweep sweep.yaml 'grid.backbone=[gru]' seeds=1").status == 0);
  const Ran ran = seqrl_in(folder, "sweep sweep.yaml --print");
  CHECK(ran.status == 0);
  CHECK(lines(ran.out) == 3);
  std::istringstream text(ran.out);
  for (std::string line; std::getline(text, line);) {
    REQUIRE(line.starts_with("seqrl train tiny.yaml "));
    CHECK(seqrl_in(folder, line.substr(6)).status == 0);
  }
  CHECK(seqrl_in(folder, "sweep sweep.yaml --print").out.empty());
}

TEST_CASE("a failed run does not stop the others and is reported at the end") {
  const SweepFolder folder;
  const Ran ran = seqrl_in(folder,
                           "sweep sweep.yaml 'grid={dataset.path: [none.hdf5, data.hdf5]}' "
                           "'output=out/{dataset.path}-{seed}'");
  CHECK(ran.status == 1);
  CHECK(ran.out == "4 runs: 2 done now, 0 before, 2 failed, 0 left\n");
  CHECK_THAT(ran.err, Contains("seqrl: failed: out/none-1: exit status 2: seqrl: ") &&
                          Contains("none.hdf5") && Contains("out/none-1/output.txt"));
  CHECK(std::filesystem::exists(folder / "out/data-2/eval.json"));
}

TEST_CASE("ctrl-C stops a sweep's runs, and the same command resumes them") {
  const SweepFolder folder;
  Ran ran = seqrl_in(folder, "sweep sweep.yaml jobs=2 training.steps=1000000",
                     "timeout --foreground --preserve-status -s INT 3");
  CHECK(ran.status == 1);
  CHECK_THAT(ran.out, Contains("0 done now, 0 before, 0 failed, 4 left"));
  CHECK(std::filesystem::exists(folder / "out/min_gru-1/checkpoints/last.safetensors"));
  CHECK(!std::filesystem::exists(folder / "out/gru-1"));
  const auto info = nlohmann::json::parse(seqrl_in(folder, "info out/min_gru-1 --json").out);
  const auto step = info.at("step").get<std::int64_t>();
  CHECK(step > 0);
  ran = seqrl_in(folder, "sweep sweep.yaml seeds=1 'grid.backbone=[min_gru]' training.steps=" +
                             std::to_string(step + 2));
  CHECK(ran.status == 0);
  CHECK_THAT(ran.err, Contains("resumed"));
}

TEST_CASE("a request to stop that arrives twice at once, as from timeout, stops a sweep in order") {
  const SweepFolder folder;
  const Ran ran = seqrl_in(folder, "sweep sweep.yaml jobs=2 training.steps=1000000",
                           "timeout --preserve-status -s TERM 3");
  CHECK(ran.status == 1);
  CHECK_THAT(ran.out, Contains("0 done now, 0 before, 0 failed, 4 left"));
}

TEST_CASE("an invalid sweep trains nothing and reports the error") {
  const SweepFolder folder;
  const auto rejected = [&](const std::string& arguments, const std::string& because) {
    INFO(arguments);
    const Ran ran = seqrl_in(folder, "sweep sweep.yaml " + arguments);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Contains(because));
  };
  rejected("'grid.training.lr=[1e-3, -1]'", "training.lr");
  rejected("'grid.backbone=[min_gur]'", "min_gru");
  rejected("training.stpes=3", "training.steps");
  rejected("job=2", "'job=2': unknown key; did you mean 'jobs'?");
  rejected("output=out/x", "two runs would share the folder out/x; include every key of the grid");
  rejected("seeds=[1,1]", "the grid and the seeds contain it twice");
  rejected("'output=\"\"' 'grid={dataset.path: [a/x.hdf5, b/x.hdf5]}'",
           "a/x.hdf5 and b/x.hdf5 give the same name: only the file name of a path is used");
  rejected("'output=out/{bakbone}-{seed}'", "backbone");
  rejected("'output=out/{backbone'", "out/{backbone");
  rejected("'grid.backbone=[]'", "an empty list");
  rejected("grid=3", "grid");
  rejected("seeds=-1", "seeds");
  rejected("config=none.yaml", "none.yaml");
  CHECK(!std::filesystem::exists(folder / "out"));

  const Ran run = seqrl_in(folder, "sweep " SEQRL_SOURCE_DIR "/configs/hopper-medium.yaml");
  CHECK(run.status == 2);
  CHECK_THAT(run.err,
             Contains("the config of a single run, not a sweep") && Contains("use seqrl train"));

  REQUIRE(seqrl_in(folder, "sweep sweep.yaml seeds=1 'grid.backbone=[gru]'").status == 0);
  rejected("training.lr=0.5", "training.lr");  // the folder holds another run
}

TEST_CASE("every shipped sweep is valid in any folder") {
  const TemporaryFolder folder;
  int count = 0;
  for (const char* place : {"configs/sweeps", "configs/paper"}) {
    for (const auto& file :
         std::filesystem::directory_iterator(std::filesystem::path(SEQRL_SOURCE_DIR) / place)) {
      if (file.path().extension() != ".yaml") continue;
      const std::string name = place + ("/" + file.path().filename().string());
      INFO(name);
      ++count;
      const Ran ran = seqrl_in(folder, "sweep " + name + " --print");
      CHECK(ran.status == 0);
      CHECK(lines(ran.out) >= 2);
      CHECK_THAT(seqrl_in(folder, "info " + name).out,
                 Contains("base config  configs/") && Contains("not started"));
    }
  }
  CHECK(count >= 12);
  const Ran ran = seqrl_in(folder, "sweep configs/paper/shakespear.yaml");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Contains("seqrl ships configs/paper/shakespeare.yaml"));
}

TEST_CASE("folders of a sweep are named after the config and the kinds of sections") {
  const SweepFolder folder;
  std::filesystem::copy_file(folder / "tiny.yaml", folder / "other.yaml");
  const std::string grid =
      "'grid={backbone: [gru, {kind: lstm, dim: 16, layers: 2}]}' seeds=1 'settings=[]'";
  Ran ran = seqrl_in(
      folder, "info sweep.yaml 'config=[tiny.yaml, other.yaml]' 'output=\"\"' --json " + grid);
  INFO(ran.err);
  const auto runs = nlohmann::json::parse(ran.out).at("runs");
  REQUIRE(runs.size() == 4);
  CHECK(runs[0].at("folder") == "runs/sweep/tiny-gru-1");
  CHECK(runs[3].at("folder") == "runs/sweep/other-lstm-1");
  CHECK_THAT(runs[3].at("command").get<std::string>(), Contains("seqrl train other.yaml"));
  ran = seqrl_in(folder, "sweep sweep.yaml 'config=[tiny.yaml, other.yaml]' " + grid);
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Contains("include every key of the grid in it") && Contains("{config}"));
}

TEST_CASE("jobs and ranks share the listed GPUs") {
  using Gpus = std::vector<std::string>;
  CHECK(gpus_of_process("0,1,2,3", 0, 1, 2) == Gpus{"0", "1", "2", "3"});
  CHECK(gpus_of_process("0,1,2,3", 1, 2, 1) == Gpus{"1", "3"});
  CHECK(gpus_of_process("4,7", 3, 4, 1) == Gpus{"7"});
  for (const char* list : {static_cast<const char*>(nullptr), "", "3"}) {
    CHECK(gpus_of_process(list, 1, 2, 2).empty());
  }
  CHECK(gpus_of_process("0,1", 0, 1, 1).empty());  // one run, which may use any GPU

  const SweepFolder folder;
  const Ran ran =
      seqrl_in(folder, "sweep sweep.yaml jobs=2 'hooks.started=echo gpu $CUDA_VISIBLE_DEVICES'",
               "CUDA_VISIBLE_DEVICES=4,7");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK_THAT(read_file(folder / "out/min_gru-1/hooks.txt"), Contains("gpu 4\n"));
  CHECK_THAT(read_file(folder / "out/min_gru-2/hooks.txt"), Contains("gpu 7\n"));
}

TEST_CASE("train suggests seqrl sweep for a sweep") {
  const SweepFolder folder;
  const Ran ran = seqrl_in(folder, "train sweep.yaml");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Contains("seqrl sweep sweep.yaml"));
}

#include "agents/runs/run_name.h"

#include "agents/config/run_config.h"
#include "configs/base/files.h"
#include "configs/schema/config.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
namespace fs = std::filesystem;

namespace {

std::string usual(const std::vector<std::string>& settings) {
  auto config = read_config_text<RunConfig>("{env: hopper}", "test", settings);
  config.resolve();
  return config.output;
}

// A folder of runs with given settings.
struct Runs : TemporaryFolder {
  static std::string yaml(const std::vector<std::string>& settings) {
    return print_config(read_config_text<RunConfig>("{env: hopper}", "test", settings));
  }
  void add(const std::string& name, const std::vector<std::string>& settings) const {
    fs::create_directories(*this / name / "checkpoints");
    write_file_atomically(*this / name / "config.yaml", yaml(settings));
    write_file_atomically(*this / name / "checkpoints/last.safetensors", "");
  }
  std::string name_for(const std::vector<std::string>& settings) const {
    const std::string folder = distinct_folder((*this / "run").string(), yaml(settings));
    return fs::path(folder).filename().string();
  }
};

}  // namespace

TEST_CASE("a run's default folder names the data, the learner and the seed") {
  CHECK(usual({"dataset.path=hopper_medium-v2.hdf5"}) == "runs/hopper_medium-v2-min_gru-1");
  CHECK(usual({"dataset.path=data/old/hopper.h5", "seed=3", "backbone=lstm"}) ==
        "runs/hopper-lstm-3");
  CHECK(usual({"agent=sac"}) == "runs/hopper-sac-1");
  CHECK(usual({"dataset.path=D4RL/door/human-v2"}) == "runs/D4RL-door-human-v2-min_gru-1");
  CHECK(usual({"dataset.path=hopper/medium-v0"}) == "runs/hopper-medium-v0-min_gru-1");
  CHECK(usual({"dataset.path=hopper/medium-v0/"}) == "runs/hopper-medium-v0-min_gru-1");
  CHECK(usual({"dataset.path=../walker2d/medium-v0/data/main_data.hdf5"}) ==
        "runs/walker2d-medium-v0-min_gru-1");
  CHECK(usual({"dataset.path=/home/me/.minari/datasets/mujoco/hopper/medium-v0"}) ==
        "runs/mujoco-hopper-medium-v0-min_gru-1");
  CHECK(usual({"dataset.path=medium-v0"}) == "runs/medium-v0-min_gru-1");
}

TEST_CASE("runs that differ get folder names that show the difference") {
  const Runs runs;
  const std::string lr = "training.lr=1e-3";
  CHECK(runs.name_for({lr}) == "run");
  runs.add("run", {});
  CHECK(runs.name_for({}) == "run");  // it exists already
  CHECK(runs.name_for({"training.threads=3", "output=x"}) == "run");
  CHECK(runs.name_for({lr}) == "run-lr-0.001");
  CHECK(runs.name_for({lr, "evaluation.targets=[3600,1800]"}) == "run-targets-3600__1800-lr-0.001");
  CHECK(runs.name_for({"env=walker2d"}) == "run-env-walker2d");
  CHECK(runs.name_for({"dataset.path=other/data.hdf5"}) == "run-path-other_data.hdf5");

  const std::string hashed = runs.name_for({"dataset.path=" + std::string(60, 'x')});
  CHECK(hashed.size() == std::string("run-01234567").size());
  CHECK(hashed == runs.name_for({"dataset.path=" + std::string(60, 'x')}));
  CHECK(hashed != runs.name_for({"dataset.path=" + std::string(60, 'y')}));

  // A run keeps its folder, whatever the usual one contains.
  runs.add("run-lr-0.001", {lr});
  CHECK(runs.name_for({lr}) == "run-lr-0.001");
  fs::remove_all(runs / "run");
  CHECK(runs.name_for({lr}) == "run-lr-0.001");
  CHECK(runs.name_for({}) == "run");
  runs.add("run", {"training.batch=5"});
  CHECK(runs.name_for({lr}) == "run-lr-0.001");
  CHECK(runs.name_for({lr, "training.batch=5"}).size() == hashed.size());  // that name is taken
}

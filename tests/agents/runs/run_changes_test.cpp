#include "agents/runs/run_changes.h"

#include "configs/schema/config.h"
#include "tests/catch.h"

using namespace seqrl;
using Catch::Contains;

namespace {

const std::string kSaved =
    "{env: hopper, output: there, dataset: {path: a.hdf5}, training: {steps: 10, lr: 0.5}}";

RunConfig saved_with(const std::vector<std::string>& settings) {
  return read_config_text<RunConfig>(kSaved, "test", settings);
}

// Whether a run saved with `before` may continue with these additional settings.
void check_may_go_on(const std::string& change, const std::vector<std::string>& before = {}) {
  INFO(change);
  std::vector<std::string> after = before;
  after.push_back(change);
  CHECK_NOTHROW(require_same_learning("run", saved_with(after), saved_with(before)));
}

void check_rejected(const std::string& change, const std::string& because,
                    const std::vector<std::string>& before = {}) {
  INFO(change);
  std::vector<std::string> after = before;
  after.push_back(change);
  CHECK_THROWS_WITH(require_same_learning("run", saved_with(after), saved_with(before)),
                    Contains("run: ") && Contains(because) && Contains("start a new run"));
}

}  // namespace

TEST_CASE("a resumed run may change its length, its place and its evaluation") {
  for (const char* change :
       {"training.steps=20", "training.threads=3", "training.checkpoint_every=7", "device=cpu",
        "training.precision=tf32", "training.gpu_shards=4", "evaluation.every=3",
        "evaluation.targets=[1]", "evaluation.mode=stream", "output=elsewhere",
        "dataset.path=moved/a.hdf5", "dataset.env_mismatch=allow"}) {
    check_may_go_on(change);
  }
}

TEST_CASE("a resumed run may not change what it learns; the error names the key and both values") {
  check_rejected("training.lr=0.25", "training.lr is 0.25, but the run was trained with 0.5");
  check_rejected("seed=2", "seed is 2");
  check_rejected("training.batch=3", "training.batch is 3");
  check_rejected("dataset.keep_cut_episodes=true", "dataset.keep_cut_episodes is true");
  check_rejected("env=walker2d",
                 R"(env.kind is "walker2d", but the run was trained with "hopper")");
}

TEST_CASE("a different kind is reported before the keys that only one kind has") {
  check_rejected("backbone={kind: mamba, dim: 64}", R"(backbone.kind is "mamba")");
  check_rejected("agent=sac", R"(agent.kind is "sac")");
}

TEST_CASE("a resumed run may not change the length of a cosine schedule") {
  check_rejected("training.steps=20", "training.steps is 20", {"training.schedule=cosine"});
}

// Sizes too large for any machine are rejected before anything is allocated.
#include <filesystem>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

struct LimitsFolder : TemporaryFolder {
  LimitsFolder() {
    REQUIRE(seqrl_in(*this, "collect env=hopper transitions=200 output=data.hdf5").status == 0);
    write_file_atomically(*this / "dt.yaml",
                          "env: hopper\ndevice: cpu\ndataset: {path: data.hdf5}\noutput: run\n");
    write_file_atomically(*this / "sac.yaml",
                          "env: hopper\ndevice: cpu\nagent: sac\noutput: run\n");
    write_file_atomically(*this / "task.yaml", "task: majority\ndevice: cpu\noutput: run\n");
  }
};

}  // namespace

TEST_CASE("a size that could overflow is out of range") {
  const LimitsFolder folder;
  for (const char* command : {
           "train sac.yaml training.steps=1152921504606846976",
           "train sac.yaml training.steps=9223372036854775807",
           "train sac.yaml agent.dim=4294967296",
           "train sac.yaml agent.layers=1000000000000",
           "train sac.yaml agent.replay=1152921504606846976",
           "train sac.yaml agent.random_steps=1152921504606846976",
           "train dt.yaml agent=behavior_cloning agent.dim=4294967296",
           "train dt.yaml backbone.mlp=576460752303423488",
           "train dt.yaml backbone.expansion=576460752303423488",
           "train dt.yaml backbone=mamba backbone.d_state=576460752303423488",
           "train dt.yaml backbone=mamba backbone.expand=576460752303423488",
           "train dt.yaml backbone=gru backbone.mlp=576460752303423488",
           "train dt.yaml backbone=transformer backbone.mlp=576460752303423488",
           "train dt.yaml backbone=transformer backbone.window=576460752303423488",
           "train dt.yaml training.steps=1152921504606846976",
           "train dt.yaml training.warmup=1152921504606846976",
           "train dt.yaml training.log_every=1152921504606846976",
           "train dt.yaml evaluation.episodes=1000000000000",
           "train dt.yaml evaluation.every=1152921504606846976",
           "train task.yaml task.test_longest=1152921504606846976",
           "collect env=hopper output=x.hdf5 transitions=1152921504606846976",
       }) {
    const Ran ran = seqrl_in(folder, command);
    INFO(command << ": " << ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Contains("must be") && Contains("from "));
    CHECK_FALSE(std::filesystem::exists(folder / "run"));
  }
}

TEST_CASE("a run that needs too much memory is rejected with the amount and a key to lower") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("skipped: this sanitizer needs more address space than the limit allows");
  return;
#endif
  const LimitsFolder folder;
  const auto refused = [&](const std::string& command, const std::string& key) {
    const Ran ran = seqrl_in(folder, command, "ulimit -v 1000000;");
    INFO(command << ": " << ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Contains("GB of memory, but") && Contains("lower") && Contains(key));
    CHECK_FALSE(std::filesystem::exists(folder / "run"));
  };
  refused("train dt.yaml training.batch=1000000", "training.batch");
  refused("train dt.yaml training.context=65536 training.shards=1", "training.context");
  refused("train dt.yaml backbone.dim=65536 backbone.layers=1000", "backbone.dim");
  refused("train dt.yaml backbone.dim=2048 backbone.layers=10", "backbone.dim");
  refused("train dt.yaml backbone=transformer training.context=65536", "training.context");
  refused("train dt.yaml agent=behavior_cloning training.batch=1000000", "training.batch");
  refused("train sac.yaml agent.batch=1000000 agent.layers=8", "agent.batch");
  refused("train sac.yaml agent.dim=65536 agent.layers=1000", "agent.dim");
  refused("train task.yaml task.longest=65536 training.batch=100000", "training.batch");
  refused("train task.yaml backbone.dim=65536 backbone.layers=1000", "backbone.dim");
  refused("collect env=hopper output=x.hdf5 transitions=100000000", "transitions");
}

TEST_CASE("a replay buffer that does not fit on the disk is rejected") {
  const LimitsFolder folder;
  const Ran ran = seqrl_in(folder, "train sac.yaml training.steps=1000000000000");
  CHECK(ran.status == 2);
  CHECK(is_one_line(ran.err));
  CHECK_THAT(ran.err, Contains("of disk") && Contains("training.steps"));
  CHECK_FALSE(std::filesystem::exists(folder / "run"));
}

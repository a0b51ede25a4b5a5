// The checkpoint of a run that a command uses, and the policies shipped with seqrl.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/tools/program/program.h"

using namespace seqrl;
using Catch::Contains;

namespace {

// Makes the run's best checkpoint differ from its last: the one with fewer steps.
void make_best_differ(const Workspace& folder) {
  REQUIRE(seqrl_in(folder, "train tiny.yaml output=short training.steps=2 " + kTinyRun).status ==
          0);
  std::filesystem::copy_file(folder / "short/checkpoints/last.safetensors",
                             folder / "run/checkpoints/best.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
}

}  // namespace

TEST_CASE("checkpoint=best and checkpoint=last select the checkpoint in every command") {
  const Workspace folder;
  make_best_differ(folder);
  const auto steps = [&](const std::string& arguments) {
    const Ran ran = seqrl_in(folder, arguments);
    INFO(ran.err);
    REQUIRE(ran.status == 0);
    return ran.out.substr(0, ran.out.find('\n'));
  };
  const std::string eval = "eval run episodes=1 mode=stream ";
  CHECK_THAT(steps(eval), Contains("last.safetensors after 6 steps"));
  CHECK_THAT(steps(eval + "checkpoint=last"), Contains("last.safetensors after 6 steps"));
  CHECK_THAT(steps(eval + "checkpoint=best"), Contains("best.safetensors after 2 steps"));
  CHECK_THAT(seqrl_in(folder, "info run checkpoint=best").out, Contains("2 of 2"));

  const std::string figure = "figures=[targets] episodes=1 mode=stream 'targets=[100]' output=";
  for (const char* which : {"last", "best"}) {
    const std::string choice = std::string(" checkpoint=") + which;
    REQUIRE(seqrl_in(folder, "export run out-" + std::string(which) + choice).status == 0);
    seqrl_in(folder, "plot run " + figure + "plots-" + which + choice);  // its CSV needs no gnuplot
    seqrl_in(folder, "report run " + figure + "report-" + which + choice);
    CHECK(read_file(folder / ("plots-" + std::string(which)) / "data-targets.csv") ==
          read_file(folder / ("report-" + std::string(which)) / "data-targets.csv"));
    REQUIRE(seqrl_in(folder, "collect policy=run transitions=50 output=" + std::string(which) +
                                 ".hdf5" + choice)
                .status == 0);
  }
  CHECK(read_file(folder / "plots-last/data-targets.csv") !=
        read_file(folder / "plots-best/data-targets.csv"));
  CHECK(read_file(folder / "last.hdf5") != read_file(folder / "best.hdf5"));
  CHECK_THAT(steps("eval out-best episodes=1 mode=stream"), Contains("after 2 steps"));
  CHECK_THAT(steps("eval out-best episodes=1 mode=stream checkpoint=last"),
             Contains("after 6 steps"));
  CHECK_THAT(steps("eval out-last episodes=1 mode=stream"), Contains("after 6 steps"));
}

TEST_CASE("an invalid choice of a checkpoint is rejected in one line") {
  const Workspace folder;
  const auto refused = [&](const std::string& arguments, const std::string& why) {
    INFO(arguments);
    const Ran ran = seqrl_in(folder, arguments);
    INFO(ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Contains(why));
  };
  refused("eval run checkpoint=bets", "best");
  refused("eval run checkpont=best", "did you mean 'checkpoint'?");
  refused("eval run/checkpoints/last.safetensors checkpoint=best", "one checkpoint already");
  refused("render run/checkpoints/last.safetensors checkpoint=best", "one checkpoint already");
  refused("eval hopper-expert checkpoint=best", "is one checkpoint");
  refused("collect env=hopper policy=random checkpoint=best output=x.hdf5", "leave it out");
  refused("info data.hdf5 checkpoint=best", "not a run's folder");
  std::filesystem::remove(folder / "run/checkpoints/best.safetensors");
  refused("eval run checkpoint=best", "was not evaluated yet");
  refused("export run out checkpoint=best", "was not evaluated yet");
  REQUIRE(seqrl_in(folder, "export run out").status == 0);
  refused("eval out checkpoint=last", "one checkpoint only");
}

TEST_CASE("commands accept a shipped policy by its name") {
  const Workspace folder;
  const auto run = [&](const std::string& arguments) {
    const Ran ran = seqrl_in(folder, arguments);
    INFO(arguments << ": " << ran.err);
    REQUIRE(ran.status == 0);
    return ran.out;
  };
  const auto eval = nlohmann::json::parse(run("eval hopper-expert episodes=2 --json"));
  CHECK(eval.at("targets").at(0).at("return_mean").get<double>() > 2000);
  CHECK_THAT(run("info hopper-expert"), Contains("sac") && Contains("hopper"));
  CHECK(nlohmann::json::parse(run("info hopper-expert --json")).at("env") == "hopper");
  run("export hopper-expert out");
  CHECK_THAT(run("eval out episodes=1"), Contains("model.safetensors"));
  CHECK_THAT(run("collect policy=hopper-expert transitions=100 output=expert.hdf5"),
             Contains("100 transitions"));
  CHECK_THAT(run("info expert.hdf5"), Contains("hopper"));
  const Ran ran = seqrl_in(folder, "eval hoper-expert");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Contains("did you mean 'hopper-expert'?"));
}

TEST_CASE("collect uses the policy's own environment unless another one is given") {
  const Workspace folder;
  const Ran own = seqrl_in(folder, "collect policy=run transitions=50 output=own.hdf5");
  CHECK(own.status == 0);
  CHECK(own.err.empty());
  CHECK_THAT(seqrl_in(folder, "info own.hdf5").out, Contains("hopper"));
  const Ran other =
      seqrl_in(folder, "collect policy=run env=walker2d transitions=50 output=other.hdf5");
  CHECK(other.status == 2);
  CHECK_THAT(other.err, Contains("was made for hopper"));
  // halfcheetah's and walker2d's sizes are equal.
  const Ran alike = seqrl_in(folder,
                             "collect policy=walker2d-medium env=halfcheetah transitions=50 "
                             "output=alike.hdf5");
  CHECK(alike.status == 0);
  CHECK_THAT(alike.err, Contains("was trained in walker2d and acts in halfcheetah here"));
}

TEST_CASE("target is the same as targets, and choose is rejected in favour of episode") {
  const Workspace folder;
  const auto target = [&](const std::string& setting) {
    const Ran ran = seqrl_in(folder, "eval run episodes=1 mode=stream --json " + setting);
    REQUIRE(ran.status == 0);
    return nlohmann::json::parse(ran.out).at("targets").at(0).at("target").get<double>();
  };
  CHECK(target("target=70") == 70);
  CHECK(target("targets=70") == 70);
  for (const char* word : {"target", "targets"}) {
    const std::string output = std::string(word) + ".hdf5";
    REQUIRE(
        seqrl_in(folder, "collect policy=run transitions=30 output=" + output + " " + word + "=70")
            .status == 0);
    CHECK_THAT(read_file(folder / output), Contains("targets=70"));  // the command in the file
  }
  CHECK(seqrl_in(folder, "collect policy=hopper-medium output=x.hdf5 targets=70").status == 2);
  const Ran old = seqrl_in(folder, "render run choose=best");
  CHECK(old.status == 2);
  CHECK_THAT(old.err, Contains("episode=best"));
  const Ran two = seqrl_in(folder, "render run 'targets=[1, 2]'");
  CHECK(two.status == 2);
  CHECK_THAT(two.err, Contains("one return"));
  CHECK(seqrl_in(folder, "render run episode=second").status == 2);
}

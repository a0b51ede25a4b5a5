// env: none: learning from logs alone, through the program.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "agents/policies/actor.h"
#include "tests/tools/program/program.h"

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// A folder with logs, a config without an environment, and a run.
struct Logs : TemporaryFolder {
  Logs() {
    REQUIRE(seqrl_in(*this, "collect env=hopper transitions=600 output=logs.hdf5").status == 0);
    seqrl::write_file_atomically(*this / "logs.yaml",
                                 "env: none\ndevice: cpu\ndataset: {path: logs.hdf5}\n");
  }
  Ran train(const std::string& arguments) const {
    return seqrl_in(*this,
                    "train logs.yaml training.steps=6 evaluation.every=3 " + kTiny + arguments);
  }
  Json json(const std::string& command) const {
    INFO(command);
    const Ran ran = seqrl_in(*this, command);
    REQUIRE(ran.status == 0);
    return Json::parse(ran.out);
  }

  static inline const std::string kTiny =
      "backbone.dim=16 backbone.layers=1 training.batch=4 training.shards=2 training.context=4 "
      "training.warmup=2 training.log_every=2 evaluation.targets=[50] ";
};

}  // namespace

TEST_CASE("without an environment, the loss on held-out episodes is the measure") {
  const Logs folder;
  const Ran trained = folder.train("output=run");
  REQUIRE(trained.status == 0);
  for (const char* part : {"env is none", "episodes, ", "held out", "validation loss"}) {
    CHECK_THAT(trained.err, Catch::Contains(part));
    CHECK_THAT(seqrl::read_file(folder / "run/log.txt"), Catch::Contains(part));
  }
  CHECK_THAT(trained.err, !Catch::Contains("MuJoCo"));
  CHECK_THAT(seqrl::read_file(folder / "run/config.yaml"), Catch::Contains("validation: 0.1"));
  const Json evaluation = Json::parse(seqrl::read_file(folder / "run/eval.json"));
  for (const char* which : {"last", "best"}) {
    const Json& one = evaluation.at(which);
    CHECK(one.at("env").is_null());
    CHECK(one.at("targets").empty());
    CHECK(one.at("validation_loss").get<double>() > 0);
  }
  CHECK(evaluation.at("best").at("validation_loss") <= evaluation.at("last").at("validation_loss"));

  // The evaluation of a checkpoint equals that during training.
  CHECK(folder.json("eval run --json").at("validation_loss") ==
        evaluation.at("last").at("validation_loss"));
  CHECK(
      folder.json("eval run/checkpoints/best.safetensors --json threads=1").at("validation_loss") ==
      evaluation.at("best").at("validation_loss"));
  CHECK_THAT(seqrl_in(folder, "eval run").out, Catch::Contains("validation loss"));

  // The same seed holds out the same episodes; another share makes another run.
  REQUIRE(folder.train("output=again").status == 0);
  CHECK(seqrl::read_file(folder / "again/metrics.jsonl") ==
        seqrl::read_file(folder / "run/metrics.jsonl"));
  const Ran changed =
      seqrl_in(folder, "train --resume run training.steps=8 dataset.validation=0.3");
  CHECK(changed.status == 2);
  CHECK(is_one_line(changed.err));
  CHECK(seqrl_in(folder, "train --resume run training.steps=8").status == 0);

  // It acts in a program, and in an environment named later.
  seqrl::Actor actor((folder / "run").string());
  actor.reset();
  CHECK(actor.act(std::vector<double>(11), 0).size() == 3);
  CHECK(folder.json("eval run env=hopper episodes=2 targets=[50] --json").at("env") == "hopper");
}

TEST_CASE("commands handle runs that were trained from logs alone") {
  const Logs folder;
  REQUIRE(folder.train("output=dt").status == 0);
  REQUIRE(folder.train("output=bc agent=behavior_cloning").status == 0);
  const Json info = folder.json("info dt --json");
  CHECK(info.at("last").at("validation_loss").is_number());
  CHECK_THAT(seqrl_in(folder, "info dt").out, Catch::Contains("validation loss"));
  const Json table = folder.json("table dt bc --json");
  CHECK(table.dump().find("validation_loss") != std::string::npos);
  CHECK(seqrl_in(folder, "table dt bc").status == 0);
  REQUIRE(seqrl_in(folder, "export dt exported").status == 0);
  const std::string card = seqrl::read_file(folder / "exported/README.md");
  CHECK_THAT(card, Catch::Contains("validation loss") && !Catch::Contains("none") &&
                       !Catch::Contains("seqrl eval"));
  CHECK_THAT(seqrl::read_file(folder / "exported/config.yaml"), Catch::Contains("kind: none"));
  seqrl::Actor actor((folder / "exported").string());
  actor.reset(30);
  CHECK(actor.act(std::vector<double>(11), 0).size() == 3);
  const Ran report = seqrl_in(folder, "report dt figures=[targets]");
  CHECK(report.status == 0);
  CHECK_THAT(seqrl::read_file(folder / "dt/report.html"), Catch::Contains("validation_loss"));
  for (const std::string command : {"render dt", "plot dt figures=[targets]"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
  }
  for (const std::string command : {"render dt", "collect policy=dt output=x.hdf5"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains("env=NAME"));
  }
  CHECK(seqrl_in(folder, "collect policy=dt env=hopper transitions=50 output=x.hdf5").status == 0);
}

TEST_CASE("training or evaluation that is impossible from logs alone is rejected") {
  const Logs folder;
  const auto refused = [&](const std::string& arguments, const std::string& because) {
    INFO(arguments);
    const Ran ran = folder.train(arguments + " output=run");
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains(because));
    CHECK(!fs::exists(folder / "run"));
  };
  refused("agent=sac", "sac learns from acting");
  seqrl::write_file_atomically(folder / "empty.yaml", "env: none\n");
  CHECK_THAT(seqrl_in(folder, "train empty.yaml").err, Catch::Contains("dataset.path"));
  CHECK_THAT(seqrl_in(folder, "train empty.yaml dataset.validation=0.1").err,
             Catch::Contains("no dataset given"));
  refused("dataset.validation=0", "dataset.validation=0.1");
  refused("dataset.validation=1", "dataset.validation");
  refused("dataset.path=absent.hdf5 --dry-run", "absent.hdf5");
  CHECK(folder.train("output=run --dry-run").status == 0);
  // Data that the agent has seen is not a valid measure of it.
  REQUIRE(folder.train("output=seen env=hopper evaluation.episodes=1").status == 0);
  CHECK_THAT(seqrl_in(folder, "eval seen env=none").err, Catch::Contains("held out"));
  REQUIRE(folder.train("output=kept").status == 0);
  fs::rename(folder / "logs.hdf5", folder / "moved.hdf5");
  const Ran lost = seqrl_in(folder, "eval kept");
  CHECK(lost.status == 2);
  CHECK(is_one_line(lost.err));
  CHECK_THAT(lost.err, Catch::Contains("env=NAME") && Catch::Contains("logs.hdf5"));
  CHECK(seqrl_in(folder, "eval kept dataset.path=moved.hdf5").status == 0);
  REQUIRE(seqrl_in(folder, "collect env=hopper transitions=600 seed=5 output=logs.hdf5").status ==
          0);
  CHECK_THAT(seqrl_in(folder, "eval kept").err, Catch::Contains("not the one"));
}

TEST_CASE("with an environment, the held-out loss is recorded in addition to the scores") {
  const Logs folder;
  REQUIRE(
      folder.train("output=run env=hopper dataset.validation=0.2 evaluation.episodes=2").status ==
      0);
  const Json last = Json::parse(seqrl::read_file(folder / "run/eval.json")).at("last");
  CHECK(last.at("env") == "hopper");
  CHECK(last.at("targets").size() == 2);
  CHECK(last.at("validation_loss").get<double>() > 0);
  CHECK_THAT(seqrl::read_file(folder / "run/metrics.jsonl"),
             Catch::Contains("eval/validation_loss"));
}

// User commands run at a run's events.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

// `seqrl train` with hooks, in a folder with data.
Ran train(const TemporaryFolder& folder, const std::string& hooks, const std::string& settings) {
  seqrl::write_file_atomically(
      folder / "hooks.yaml",
      "env: hopper\ndevice: cpu\ndataset: {path: data.hdf5}\noutput: hooked\nhooks:\n" + hooks);
  return seqrl_in(folder,
                  "train hooks.yaml training.steps=4 evaluation.every=2 " + kTinyRun + settings);
}

std::string said(const TemporaryFolder& folder) {
  return fs::exists(folder / "said") ? seqrl::read_file(folder / "said") : "";
}

}  // namespace

TEST_CASE("hooks run in order, with their placeholders replaced") {
  const Workspace folder;
  const Ran ran = train(folder,
                        "  started: echo {event} {run} {step} {steps} >> said\n"
                        "  evaluated: echo {event} {step} {score} {return} >> said\n"
                        "  checkpoint_saved: test -f {checkpoint} && echo {event} >> said\n"
                        "  finished: 'echo \"{event}: ${SEQRL_STEP}\" {{}} >> said'\n"
                        "  failed: echo failed >> said\n",
                        "");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  const auto evaluation = [&](const std::string& file) {
    return nlohmann::json::parse(seqrl::read_file(folder / file));
  };
  const auto last = evaluation("hooked/eval.json").at("targets").at(0);
  CHECK_THAT(said(folder),
             Catch::StartsWith("started hooked 0 4\n") && Contains("\nevaluated 2 ") &&
                 Contains(fmt::format("\nevaluated 4 {:.12g} {:.12g}\n",
                                      last.at("score_mean").get<double>(),
                                      last.at("return_mean").get<double>())) &&
                 Contains("\ncheckpoint_saved\n") && Catch::EndsWith("finished: 4 {}\n"));
}

TEST_CASE("the value of a placeholder cannot inject code into a hook's command") {
  const Workspace folder;
  const std::string name = "a $(touch bad) `touch bad` '; touch bad; \" b";
  fs::create_directory(folder / name);
  seqrl::write_file_atomically(
      folder / "hooks.yaml",
      "env: hopper\ndevice: cpu\ndataset: {path: data.hdf5}\nhooks:\n"
      "  finished: 'printf \"%s|\" {run} \"in {run}\" \"`echo {run}`\" > said'\n");
  const Ran ran =
      seqrl_in(folder, "train hooks.yaml training.steps=2 " + kTinyRun +
                           "'output=a $(touch bad) `touch bad` '\\''; touch bad; \" b'");
  INFO(ran.err);
  REQUIRE(ran.status == 0);
  CHECK(said(folder) == name + "|in " + name + "|" + name + "|");
  CHECK_FALSE(fs::exists(folder / "bad"));
}

TEST_CASE("a hook that fails or hangs is logged and does not change the run") {
  const Workspace folder;
  const Ran ran = train(folder,
                        "  started: 'echo no such host >&2; exit 7'\n"
                        "  evaluated: sleep 1000 & sleep 1000\n"
                        "  timeout: 1\n",
                        "");
  CHECK(ran.status == 0);
  const std::string log = seqrl::read_file(folder / "hooked/log.txt");
  CHECK_THAT(log, Contains("hooks.started: exit status 7: no such host; its output: "
                           "hooked/hooks.txt\n") &&
                      Contains("hooks.evaluated: killed") &&
                      Contains("done; the run is in hooked"));
  const Ran plain = seqrl_in(folder,
                             "train tiny.yaml output=plain training.steps=4 "
                             "evaluation.every=2 " +
                                 kTinyRun);
  REQUIRE(plain.status == 0);
  CHECK(seqrl::read_file(folder / "plain/metrics.jsonl") ==
        seqrl::read_file(folder / "hooked/metrics.jsonl"));
}

TEST_CASE("an unknown or malformed placeholder is rejected with its position") {
  const Workspace folder;
  const auto rejected = [&](const std::string& command, const std::string& because) {
    const Ran ran = train(folder, "  finished: " + command + "\n", "");
    INFO(ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Contains("hooks.yaml:6: hooks.finished: " + because));
  };
  rejected("notify.sh {scor}", "unknown placeholder {scor}; did you mean 'score'?");
  rejected("notify.sh {HOME}", "unknown placeholder {HOME}; known: run, ");
  rejected("notify.sh {run", "'{' begins a placeholder that is not closed");
  rejected("notify.sh }", "unmatched '}'");
  rejected("notify.sh '{run}'", "{run} is not replaced in single quotes");
  CHECK_THAT(train(folder, "  finish: true\n", "").err, Contains("did you mean 'hooks.finished'?"));
  CHECK_FALSE(fs::exists(folder / "hooked"));
}

TEST_CASE("a resumed run executes only the hooks given on the command line") {
  const Workspace folder;
  REQUIRE(train(folder, "  finished: echo {step} >> said\n", "").status == 0);
  REQUIRE(said(folder) == "4\n");
  const Ran silent = seqrl_in(folder, "train --resume hooked training.steps=6");
  REQUIRE(silent.status == 0);
  CHECK(said(folder) == "4\n");
  const std::string again = "seqrl train --resume hooked 'hooks.finished=\"echo {step} >> said\"'";
  CHECK_THAT(seqrl::read_file(folder / "hooked/log.txt"),
             Contains("its hooks are not run") && Contains(again));
  REQUIRE(seqrl_in(folder, again.substr(6) + " training.steps=8").status == 0);
  CHECK(said(folder) == "4\n8\n");
}

TEST_CASE("an error that ends a run is passed to its hook") {
  const Workspace folder;
  const Ran ran = train(folder, "  failed: echo {step} {error} >> said\n", "training.lr=1e300");
  CHECK(ran.status == 1);
  CHECK_THAT(said(folder), Contains("training stopped at step"));
}

// Help on commands and keys, lists of what is available, and previews of a run.
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

namespace fs = std::filesystem;

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::size_t columns = 0;
    for (const char c : line) columns += (c & 0xC0) != 0x80 ? 1 : 0;
    longest = std::max(longest, columns);
  }
  return longest;
}

}  // namespace

TEST_CASE("help COMMAND prints the same as COMMAND --help, with examples") {
  const TemporaryFolder folder;
  for (const std::string command :
       {"train", "sweep", "eval", "info", "list", "sample", "table", "plot", "figure", "render",
        "view", "report", "export", "check", "collect", "bench", "help"}) {
    INFO(command);
    const Ran help = seqrl_in(folder, "help " + command);
    CHECK(help.status == 0);
    CHECK(help.out == seqrl_in(folder, command + " --help").out);
    CHECK_THAT(help.out, Catch::Contains("Examples\n  seqrl " + command));
    CHECK_THAT(seqrl_in(folder, "--help").out, Catch::Contains("  " + command + " "));
  }
  CHECK(seqrl_in(folder, "help").out == seqrl_in(folder, "--help").out);
  const Ran unknown = seqrl_in(folder, "help trian");
  CHECK(unknown.status == 2);
  CHECK_THAT(unknown.err, Catch::Contains("did you mean 'train'?"));
}

TEST_CASE("help config shows a key, a section or a kind") {
  const TemporaryFolder folder;
  const auto help = [&](const std::string& prefix) {
    const Ran ran = seqrl_in(folder, "help config " + prefix);
    INFO(ran.err);
    CHECK(ran.status == 0);
    return ran.out;
  };
  const std::string training = help("training");
  CHECK_THAT(training, Catch::Contains("training.lr ") && Catch::Contains("training.steps ") &&
                           !Catch::Contains("evaluation.") && !Catch::Contains("backbone."));
  const std::string lr = help("training.lr");
  CHECK_THAT(lr, Catch::Contains("training.lr ") && Catch::Contains("learning rate") &&
                     !Catch::Contains("training.steps"));
  const std::string mamba = help("backbone=mamba");
  CHECK_THAT(mamba, Catch::Contains("backbone.d_state") && !Catch::Contains("backbone.expansion"));
  CHECK_THAT(help("env=mjcf"), Catch::Contains("env.reset.position_noise"));
  CHECK_THAT(help("backbone"),
             Catch::Contains("backbone=mamba") && Catch::Contains("backbone.dim"));
  CHECK_THAT(help("seed"), Catch::Contains("seed"));
  const Ran wrong = seqrl_in(folder, "help config training.stpes");
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Catch::Contains("did you mean 'training.steps'?"));
}

TEST_CASE("help fits the terminal's width") {
  const TemporaryFolder folder;
  for (const std::size_t width : {60, 80, 100, 140}) {
    INFO(width);
    const std::string columns = "env COLUMNS=" + std::to_string(width);
    for (const std::string command : {"help config", "--help", "help collect", "list"}) {
      INFO(command);
      const std::string out = seqrl_in(folder, command, columns).out;
      // Commands to copy stay on one line.
      CHECK(longest_line(out.substr(0, out.find("\nExamples\n"))) <= width);
    }
  }
  CHECK(longest_line(seqrl_in(folder, "help config", "env -u COLUMNS").out) <= 100);
}

TEST_CASE("list shows environments, backbones, agents, tasks, policies and configs") {
  const TemporaryFolder folder;
  const auto list = nlohmann::json::parse(seqrl_in(folder, "list --json").out);
  const auto has = [&](const char* category, const std::string& name) {
    for (const auto& item : list.at(category)) {
      if (item.at("name") == name) return !item.at("description").get<std::string>().empty();
    }
    return false;
  };
  CHECK(has("environments", "hopper"));
  CHECK(has("backbones", "mamba"));
  CHECK(has("agents", "sac"));
  CHECK(has("tasks", "list_ops"));
  CHECK(has("policies", "walker2d-expert"));
  CHECK(has("configs", "configs/hopper-medium.yaml"));
  CHECK(has("configs", "configs/tasks/selective_copy.yaml"));
  CHECK(has("configs", "configs/paper/shakespeare.yaml"));
  CHECK_FALSE(has("environments", "none"));
  const Ran backbones = seqrl_in(folder, "list backbones");
  CHECK_THAT(backbones.out, Catch::Contains("min_gru") && !Catch::Contains("hopper"));
  CHECK_THAT(seqrl_in(folder, "list backbone").err, Catch::Contains("did you mean 'backbones'?"));
}

TEST_CASE("info suggests the nearest shipped policy for a misspelt name") {
  const TemporaryFolder folder;
  const Ran ran = seqrl_in(folder, "info hopper-exprt");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Catch::Contains("shipped policy") && Catch::Contains("'hopper-expert'"));
}

TEST_CASE("a dry run describes the run and writes nothing") {
  const Workspace folder;
  seqrl::write_file_atomically(folder / "task.yaml",
                               "task: {kind: selective_copy, length: 16, data: 4}\n"
                               "device: cpu\noutput: new\nbackbone: {dim: 8, layers: 1}\n");
  const auto entries = [&] {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      ++count;
    }
    return count;
  };
  const std::size_t before = entries();
  for (const std::string& command : {"tiny.yaml output=new " + kTinyRun,
                                     "tiny.yaml output=new dataset.path=none.hdf5 " + kTinyRun,
                                     std::string("task.yaml training.batch=4")}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, "train " + command + " --dry-run");
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK_THAT(ran.out, Catch::Contains("# parameters ") && Catch::Contains("# memory ") &&
                            Catch::Contains("# a step ") && Catch::Contains("output: new"));
  }
  const Ran missing =
      seqrl_in(folder, "train tiny.yaml output=new dataset.path=none.hdf5 --dry-run " + kTinyRun);
  CHECK_THAT(missing.out, Catch::Contains("there is no none.hdf5: random experience"));
  seqrl::write_file_atomically(folder / "sac.yaml",
                               "env: hopper\ndevice: cpu\noutput: new\n"
                               "agent: {kind: sac, dim: 8, layers: 1, batch: 8}\n");
  CHECK(seqrl_in(folder, "train sac.yaml --dry-run").status == 0);
  CHECK_FALSE(fs::exists(folder / "new"));
  CHECK(entries() == before + 1);  // sac.yaml
}

TEST_CASE("a resumed run rejects another backbone or agent and names the key") {
  const Workspace folder;
  for (const std::string change : {"backbone=mamba", "agent=behavior_cloning"}) {
    const Ran ran = seqrl_in(folder, "train --resume run " + change);
    INFO(ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    const std::string key = change.substr(0, change.find('='));
    CHECK_THAT(ran.err, Catch::Contains(key + ".kind is "));
  }
}

TEST_CASE("output about a task's run does not mention MuJoCo") {
  const TemporaryFolder folder;
  seqrl::write_file_atomically(
      folder / "task.yaml",
      "task: {kind: selective_copy, length: 16, data: 4, evaluation_examples: 4}\ndevice: cpu\n"
      "output: run\nbackbone: {dim: 8, layers: 1}\ntraining: {steps: 2, batch: 4}\n");
  const Ran train = seqrl_in(folder, "train task.yaml");
  INFO(train.err);
  CHECK(train.status == 0);
  for (const std::string& text :
       {train.err, seqrl_in(folder, "info run").out, seqrl_in(folder, "eval run").out,
        seqrl_in(folder, "table run").out}) {
    CHECK_THAT(text, !Catch::Contains("MuJoCo"));
  }
  CHECK(seqrl_in(folder, "report run", "env PATH=/nowhere").status == 0);
  CHECK_THAT(seqrl::read_file(folder / "run/report.html"), !Catch::Contains("MuJoCo"));
}

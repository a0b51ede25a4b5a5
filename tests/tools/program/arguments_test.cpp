// How arguments are divided into paths and settings, and how a setting's value is read.
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

namespace fs = std::filesystem;

const std::string kTwoSteps = " training.steps=2 " + kTinyRun;

}  // namespace

TEST_CASE("names of files and folders may contain an equals sign") {
  const Workspace folder;
  fs::copy(folder / "tiny.yaml", folder / "eq=1.yaml");
  CHECK(seqrl_in(folder, "train eq=1.yaml output=runs/lr=0.1" + kTwoSteps).status == 0);
  for (const std::string command :
       {"train runs/lr=0.1/config.yaml output=again", "info eq=1.yaml seed=3", "info runs/lr=0.1",
        "eval runs/lr=0.1 episodes=1", "eval runs/lr=0.1/checkpoints/last.safetensors episodes=1",
        "table runs/lr=0.1 metrics=[score]", "report runs/lr=0.1 figures=[loss]",
        "export runs/lr=0.1 model=1 onnx=false",
        "collect config=runs/lr=0.1 policy=runs/lr=0.1 transitions=50 output=x=1.hdf5",
        "info x=1.hdf5", "check x=1.hdf5", "train --resume runs/lr=0.1 training.steps=4"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command, "env PATH=/nowhere");
    INFO(ran.err);
    CHECK(ran.status == 0);
  }
  const Ran missing = seqrl_in(folder, "train lr=2.yaml");
  CHECK(missing.status == 2);
  CHECK(is_one_line(missing.err));
  CHECK_THAT(missing.err, Catch::Contains("'lr=2.yaml' is read as a setting"));
  CHECK_THAT(seqrl_in(folder, "train runs/lr=2/config.yaml").err,
             Catch::Contains("runs/lr=2/config.yaml: No such file"));
}

TEST_CASE("the text of a string setting is taken literally") {
  const Workspace folder;
  for (const std::string name :
       {"hash #x", "run: 1", "[a, b]", "{a}", "null", "*x", "&a", "a\"b", "1e3", " blank", "~x"}) {
    INFO(name);
    const Ran ran = seqrl_in(folder, "train tiny.yaml 'output=" + name + "'" + kTwoSteps);
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(fs::exists(folder / name / "config.yaml"));
    CHECK(seqrl_in(folder, "train --resume '" + name + "' training.steps=4").status == 0);
  }
  // Quotes are YAML's and stay unchanged.
  CHECK(seqrl_in(folder, "train tiny.yaml 'output=\"in quotes\"'" + kTwoSteps).status == 0);
  CHECK(fs::exists(folder / "in quotes/config.yaml"));
}

TEST_CASE("a path that begins with ~/ is in the home folder") {
  const Workspace folder;
  const std::string home = "env HOME='" + (folder / "home").string() + "'";
  fs::create_directory(folder / "home");
  fs::copy(folder / "data.hdf5", folder / "home/data.hdf5");
  seqrl::write_file_atomically(folder / "home.yaml",
                               "env: hopper\ndevice: cpu\ndataset: {path: ~/data.hdf5}\n");
  for (const std::string& command :
       {"train home.yaml output=~/runs/a" + kTwoSteps, std::string("info '~/data.hdf5'"),
        std::string("train '--resume=~/runs/a' training.steps=4"),
        std::string("eval '~/runs/a' episodes=1"),
        std::string("collect config=~/runs/a policy=~/runs/a transitions=50 output=~/x.hdf5")}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command, home);
    INFO(ran.err);
    CHECK(ran.status == 0);
  }
  CHECK(fs::exists(folder / "home/x.hdf5"));
  CHECK_FALSE(fs::exists(folder / "~"));
  const Ran other = seqrl_in(folder, "train home.yaml output=~nobody/runs", home);
  CHECK(other.status == 2);
  CHECK(is_one_line(other.err));
}

TEST_CASE("suggested commands are quoted for the shell where needed") {
  const Workspace folder;
  fs::rename(folder / "run", folder / "it's a run");
  const Ran ran = seqrl_in(folder, "train tiny.yaml \"output=it's a run\"");
  CHECK(ran.status == 2);
  CHECK_THAT(ran.err, Catch::Contains("seqrl train --resume 'it'\\''s a run'"));
}

TEST_CASE("a FIFO or a device is rejected immediately where a file is expected") {
  const Workspace folder;
  for (const char* name : {"pipe", "pipe.yaml", "pipe.hdf5", "pipe.safetensors", "pipe.json"}) {
    REQUIRE(::mkfifo((folder / name).c_str(), 0600) == 0);
    REQUIRE(::symlink("/dev/zero", (folder / ("zero-" + std::string(name))).c_str()) == 0);
  }
  for (const std::string command : {"info", "train", "eval", "check", "export", "render", "sample",
                                    "sweep", "report", "table", "plot", "train --resume"}) {
    for (const std::string name :
         {"pipe", "pipe.yaml", "pipe.hdf5", "pipe.safetensors", "zero-pipe", "zero-pipe.yaml",
          "zero-pipe.hdf5", "zero-pipe.safetensors", "/dev/zero", "/dev/null", "/"}) {
      const bool looks_below = command == "table" || command == "plot" || command == "report";
      if (name == "/" && looks_below) continue;
      const std::string more = command == "export" ? " new" : "";
      INFO(command + " " + name);
      const Ran ran = seqrl_in(folder, command + " " + name + more, "timeout 20");
      CHECK(ran.status == 2);
      CHECK(is_one_line(ran.err));
    }
  }
  for (const std::string setting :
       {"dataset.path=pipe", "dataset.path=zero-pipe.hdf5", "plugins=pipe", "plugins=zero-pipe"}) {
    INFO(setting);
    const Ran ran = seqrl_in(folder, "train tiny.yaml output=new " + setting, "timeout 20");
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains("not a file"));
  }
}

TEST_CASE("info applies settings to a config, and rejects them for a run") {
  const Workspace folder;
  const Ran ran = seqrl_in(folder, "info tiny.yaml backbone=mamba training.lr=0.5 --json");
  CHECK(ran.status == 0);
  const auto config = nlohmann::json::parse(ran.out).at("config");
  CHECK(config.at("backbone").at("kind") == "mamba");
  CHECK(config.at("training").at("lr") == 0.5);
  const Ran wrong = seqrl_in(folder, "info tiny.yaml training.stpes=3");
  CHECK(wrong.status == 2);
  CHECK_THAT(wrong.err, Catch::Contains("training.steps"));
  CHECK(seqrl_in(folder, "info run training.steps=3").status == 2);
}

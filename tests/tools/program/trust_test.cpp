// Code named in a file is not run: plugins are loaded only if the user requests them.
#include <nlohmann/json.hpp>
#include <string>

#include "tests/catch.h"
#include "tests/tools/program/program.h"

namespace {

namespace fs = std::filesystem;

// A run with an environment from a plugin that creates the file `mark` wherever it is loaded.
struct MarkedRun : TemporaryFolder {
  MarkedRun() {
    fs::copy(fs::path(SEQRL_PLUGINS) / "libmarking.so", *this / "lib.so");
    seqrl::write_file_atomically(
        *this / "config.yaml",
        "plugins: [lib.so]\nenv: marked\ndevice: cpu\noutput: run\nagent: {kind: sac, dim: 8, "
        "layers: 1, batch: 8, random_steps: 6}\ntraining: {steps: 12, log_every: 4}\nevaluation: "
        "{every: 12, episodes: 1}\n");
    REQUIRE(seqrl_in(*this, "train config.yaml").status == 0);
    REQUIRE(is_marked());
  }

  // Whether the library was loaded since the last check.
  bool is_marked() const { return fs::remove(*this / "mark"); }
};

}  // namespace

TEST_CASE("no command loads a library because a run, a checkpoint or a config names it") {
  const MarkedRun folder;
  for (const std::string command :
       {"eval run", "eval run/checkpoints/best.safetensors", "export run new", "render run",
        "collect env=hopper policy=run transitions=50 output=x.hdf5",
        "collect config=run policy=run transitions=50 output=x.hdf5",
        "collect config=config.yaml transitions=50 output=x.hdf5",
        "collect config=config.yaml replay=run output=x.hdf5", "plot run figures=[targets]",
        "train --resume run", "train --resume run training.steps=20",
        "bench eval checkpoint=run"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command);
    INFO(ran.err);
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains("'lib.so'") && Catch::Contains("'plugins=[lib.so]'"));
    CHECK_FALSE(folder.is_marked());
  }
  CHECK_FALSE(fs::exists(folder / "new"));
}

TEST_CASE("a rejected --resume prints the complete command to use") {
  const MarkedRun folder;
  CHECK_THAT(seqrl_in(folder, "train --resume run training.steps=20").err,
             Catch::Contains("seqrl train --resume run training.steps=20 'plugins=[lib.so]'"));
}

TEST_CASE("commands that only show a run do not load its plugins") {
  const MarkedRun folder;
  for (const std::string command :
       {"info run", "info run --json", "info run/checkpoints/last.safetensors",
        "info run/config.yaml", "info config.yaml --json", "info config.yaml training.steps=7",
        "report run figures=[loss]", "report run", "table run"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command, "env PATH=/nowhere");
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK_FALSE(folder.is_marked());
  }
  const auto info = nlohmann::json::parse(seqrl_in(folder, "info run --json").out);
  CHECK(info.at("env") == "marked");
  CHECK(info.at("config").at("env").at("kind") == "marked");
  CHECK_THAT(seqrl_in(folder, "info config.yaml training.steps=7").out,
             Catch::Contains("steps: 7\n"));
}

TEST_CASE("the command line allows a library at any path and of any name") {
  const MarkedRun folder;
  fs::create_directory(folder / "moved");
  fs::rename(folder / "lib.so", folder / "moved/renamed library.so");
  const std::string allow = " 'plugins=[\"moved/renamed library.so\"]'";
  for (const std::string command : {"info run", "eval run episodes=1", "export run new onnx=false",
                                    "collect config=run policy=run transitions=50 output=x.hdf5",
                                    "train --resume run training.steps=16"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command + allow);
    INFO(ran.err);
    CHECK(ran.status == 0);
    CHECK(folder.is_marked());
  }
  // The run records the settings with which it was resumed, and how to continue with them.
  const Ran again = seqrl_in(folder, "train config.yaml" + allow);
  CHECK(again.status == 2);
  CHECK_THAT(again.err, Catch::Contains("seqrl train --resume run "
                                        "'plugins=[\"moved/renamed library.so\"]'"));
  // Nothing else is loaded then, and the missing part is reported.
  const Ran without = seqrl_in(folder, "eval run plugins=[]");
  CHECK(without.status == 2);
  CHECK(is_one_line(without.err));
  CHECK_THAT(without.err, Catch::Contains("unknown kind 'marked'"));
}

TEST_CASE("a library that was inserted into a run's config is not loaded") {
  const Workspace folder;
  fs::copy(fs::path(SEQRL_PLUGINS) / "libmarking.so", folder / "lib.so");
  std::string config = seqrl::read_file(folder / "run/config.yaml");
  const std::string none = "plugins: []";
  REQUIRE(config.find(none) != std::string::npos);
  config.replace(config.find(none), none.size(), "plugins: [./lib.so]");
  seqrl::write_file_atomically(folder / "run/config.yaml", config);
  const Ran ran = seqrl_in(folder, "train --resume run training.steps=8");
  CHECK(ran.status == 2);
  CHECK(is_one_line(ran.err));
  CHECK(seqrl_in(folder, "train --resume run training.steps=8 plugins=[]").status == 0);
  CHECK_FALSE(fs::exists(folder / "mark"));
}

TEST_CASE("a library that is truncated at any length is rejected in one line") {
  const Workspace folder;
  const std::string library = seqrl::read_file(fs::path(SEQRL_PLUGINS) / "libmarking.so");
  for (const double share : {0.0, 0.001, 0.01, 0.2, 0.4, 0.6, 0.8, 0.99, 0.9999}) {
    const auto size = static_cast<std::size_t>(share * static_cast<double>(library.size()));
    INFO(size);
    seqrl::write_file_atomically(folder / "cut.so", library.substr(0, size));
    const Ran ran = seqrl_in(folder, "train tiny.yaml output=new plugins=cut.so");
    CHECK(ran.status == 2);
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::Contains("cut.so"));
  }
  CHECK_FALSE(fs::exists(folder / "mark"));
  CHECK_FALSE(fs::exists(folder / "new"));
}

TEST_CASE("a sweep resumes runs with the libraries named by its config") {
  const MarkedRun folder;
  seqrl::write_file_atomically(folder / "sweep.yaml",
                               "config: config.yaml\noutput: sweep/{seed}\nseeds: [1]\n");
  REQUIRE(seqrl_in(folder, "sweep sweep.yaml").status == 0);
  const Ran print = seqrl_in(folder, "sweep sweep.yaml training.steps=16 --print");
  CHECK_THAT(print.out,
             Catch::Contains("--resume sweep/1") && Catch::Contains("'plugins=[lib.so]'"));
  const Ran more = seqrl_in(folder, "sweep sweep.yaml training.steps=16");
  INFO(more.err);
  CHECK(more.status == 0);
  CHECK_THAT(more.out, Catch::Contains("1 done now"));
}

#include "agents/config/run_config.h"

#include <filesystem>

#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "envs/gymnasium/gymnasium_options.h"
#include "models/backbones/registry.h"
#include "tests/catch.h"

using namespace seqrl;

namespace {

RunConfig read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  auto config = read_config_text<RunConfig>(text, "test.yaml", overrides);
  config.resolve();
  return config;
}

}  // namespace

TEST_CASE("every shipped config can be read, and its resolved form reads back unchanged") {
  int count = 0;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(SEQRL_SOURCE_DIR "/configs")) {
    const auto folder = file.path().parent_path().filename();
    const bool is_sweep = folder == "sweeps" || folder == "paper";
    if (file.path().extension() != ".yaml" || is_sweep) continue;  // tests/tools/sweep reads sweeps
    INFO(file.path());
    ++count;
    auto config = read_config<RunConfig>(file.path());
    config.resolve();  // starts no Python for a file that may not load plugins
    if (config.env.kind() == "gymnasium") CHECK(!config.env.as<GymnasiumOptions>().versions);
    const std::string printed = print_config(config);
    CHECK(print_config(read(printed)) == printed);
  }
  CHECK(count >= 26);
}

TEST_CASE("a single override changes the backbone") {
  for (const char* kind : {"min_gru", "min_lstm", "gru", "lstm", "mamba", "transformer"}) {
    const auto config = read_config<RunConfig>(SEQRL_SOURCE_DIR "/configs/hopper-medium.yaml",
                                               {std::string("backbone=") + kind});
    CHECK(config.backbone.kind() == kind);
    CHECK(config.backbone.shared().dim == 256);
  }
}

TEST_CASE("settings missing from a config are derived from the others") {
  const RunConfig config = read("env: walker2d\nseed: 3\nbackbone: lstm");
  CHECK(config.output == "runs/walker2d-lstm-3");
  CHECK(config.evaluation.targets == std::vector<double>{5000, 2500});
}

TEST_CASE("match_parameters gives all backbones about the same number of parameters") {
  for (const char* kind : {"min_gru", "min_lstm", "gru", "lstm", "mamba", "transformer"}) {
    INFO(kind);
    const RunConfig config =
        read(std::string("env: hopper\nbackbone: {kind: ") + kind + ", match_parameters: 600000}");
    CHECK(config.backbone.shared().dim % 16 == 0);
    CHECK(count_parameters(config.backbone) == Approx(600000).epsilon(0.15));
  }
}

TEST_CASE("a config error names its place, and for a typo the closest valid name") {
  const auto error_of = [](const std::string& text) {
    try {
      read(text);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::user);
      return std::string(error.what());
    }
    return std::string("no error");
  };
  CHECK_THAT(error_of("env: hoper"), Catch::Contains("test.yaml:1") && Catch::Contains("'hopper'"));
  CHECK_THAT(error_of("env: hopper\nbackbone: min_gur"),
             Catch::Contains("test.yaml:2") && Catch::Contains("'min_gru'"));
  CHECK_THAT(error_of("env: hopper\ntraining: {stpes: 3}"),
             Catch::Contains("training.stpes") && Catch::Contains("training.steps"));
  CHECK_THAT(error_of("env: hopper\ntraining: {dropout: 1}"), Catch::Contains("less than 1"));
  CHECK_THAT(error_of("env: hopper\nevaluation: {targets: [100, 100]}"),
             Catch::Contains("evaluation.targets") && Catch::Contains("not repeat a value"));
  CHECK_THAT(error_of("seed: 1"), Catch::Contains("env: data is not allowed; it must name an"));
  CHECK_THAT(error_of("task: even_pairs\nenv: hopper"),
             Catch::Contains("test.yaml:2") && Catch::Contains("env: hopper is not allowed"));
  CHECK_THAT(error_of("task: even_pairs\ndataset: {path: x.hdf5}"),
             Catch::Contains("dataset: it must be left out"));
  CHECK_THAT(error_of("env: hopper\ntraining: {batch: 4294967296}"),
             Catch::Contains("out of range"));
}

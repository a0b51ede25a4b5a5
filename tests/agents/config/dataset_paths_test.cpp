#include "agents/config/dataset_paths.h"

#include <cstdlib>

#include "agents/config/run_config.h"
#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "tests/catch.h"

using namespace seqrl;
using Catch::Contains;

namespace {

RunConfig resolved(const std::string& text, const std::vector<std::string>& overrides = {}) {
  auto config = read_config_text<RunConfig>(text, "test.yaml", overrides);
  config.resolve();
  return config;
}

std::string overrides_rejection(const std::vector<std::string>& overrides) {
  try {
    resolved("env: hopper", overrides);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("dataset.path is a path or a list of paths") {
  const RunConfig one = resolved("{env: hopper, dataset: {path: a.hdf5}}");
  CHECK(one.dataset.path.all() == std::vector<std::string>{"a.hdf5"});
  CHECK_THAT(print_config(one), Contains("path: a.hdf5\n"));
  CHECK(one.output == "runs/a-min_gru-1");

  const RunConfig listed = resolved("env: hopper", {"dataset.path=[a.hdf5]"});
  CHECK(listed.dataset.path == one.dataset.path);
  CHECK(print_config(listed) == print_config(one));

  const RunConfig two = resolved(
      "env: hopper", {"dataset.path=[x/a.hdf5, D4RL/door/human-v2]", "dataset.weights=[2, 0.5]"});
  CHECK(two.dataset.path.text() == "x/a.hdf5, D4RL/door/human-v2");
  CHECK(two.dataset.weights == std::vector<double>{2, 0.5});
  CHECK(two.output == "runs/a+D4RL-door-human-v2-min_gru-1");
  CHECK_THAT(print_config(two), Contains("path: [x/a.hdf5, D4RL/door/human-v2]\n"));
  CHECK(print_config(resolved(print_config(two))) == print_config(two));
}

TEST_CASE("a dataset path may start with the home folder") {
  const std::string home = std::getenv("HOME");
  CHECK(resolved("env: hopper", {"dataset.path=[~/a.hdf5, b]"}).dataset.path.all()[0] ==
        home + "/a.hdf5");
  CHECK(resolved("env: hopper", {"dataset.path=~/a.hdf5"}).dataset.path.all()[0] ==
        home + "/a.hdf5");
}

TEST_CASE("invalid dataset.path, dataset.weights and dataset.minari are rejected") {
  CHECK_THAT(overrides_rejection({"dataset.path=[]"}),
             Contains("dataset.path") && Contains("no dataset"));
  CHECK_THAT(overrides_rejection({"dataset.path=[a, \"\"]"}), Contains("is empty"));
  CHECK_THAT(overrides_rejection({"dataset.path={a: b}"}), Contains("dataset.path"));
  CHECK_THAT(overrides_rejection({"dataset.path=[a, b]", "dataset.weights=[1]"}),
             Contains("one entry per dataset in dataset.path"));
  CHECK_THAT(overrides_rejection({"dataset.path=[a, b]", "dataset.weights=[1, 0]"}),
             Contains("positive"));
  CHECK_THAT(overrides_rejection({"dataset.path=a", "dataset.minari=download"}),
             Contains("dataset.python"));
}

#include "tools/reports/run_folder.h"

#include <algorithm>
#include <string>

#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using namespace seqrl::tools;

TEST_CASE("a run's environment is named by its config") {
  const TemporaryFolder folder;
  const auto environment = [&](const std::string& env) {
    write_file_atomically(folder / "config.yaml", "env: " + env + "\n");
    return read_run(folder.path()).environment();
  };
  CHECK(environment("{kind: hopper}") == "hopper");
  CHECK(environment("{kind: mjcf, model: robots/arm.xml, name: ''}") == "arm");
  CHECK(environment("{kind: mjcf, model: robots/arm.xml, name: left_arm}") == "left_arm");
  CHECK(environment("{kind: none}").empty());
  // A plugin's keys belong to it.
  CHECK(environment("{kind: pendulum, model: light, name: swing}") == "pendulum");
}

TEST_CASE("a mean is over the valid episodes, and a target of another program's is left out") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "config.yaml", "env: hopper\n");
  write_file_atomically(folder / "eval.json", R"({"last": {"step": 5, "targets": [
      {"mode": "stream", "target": 1, "episodes": 100, "invalid": 98, "return_mean": 30},
      {"mode": 5, "target": 2, "return_mean": 1}]}})");
  const RunFolder run = read_run(folder.path());
  REQUIRE(run.last.size() >= 1);
  CHECK(run.last[0].name == "stream/1/return");
  CHECK(run.last[0].episodes == 2);
  CHECK(
      std::ranges::none_of(run.last, [](const Measure& one) { return one.name == "5/2/return"; }));
}

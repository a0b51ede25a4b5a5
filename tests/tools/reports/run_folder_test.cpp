#include "tools/reports/run_folder.h"

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

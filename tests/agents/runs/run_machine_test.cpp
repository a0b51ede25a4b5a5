#include "agents/runs/run_machine.h"

#include "configs/schema/config.h"
#include "models/ops/instruction_set.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("a run's machine has its processor, its threads and its instruction set") {
  ThreadPool pool(2);
  const auto machine = machine_of(read_config_text<RunConfig>("{env: hopper}", "test"), pool);
  CHECK(machine.at("device") == "cpu");
  CHECK(machine.at("processor") != "");
  CHECK(machine.at("processors") >= 1);
  CHECK(machine.at("threads") == 2);
  CHECK(machine.at("instructions") == instruction_set());
  CHECK(!machine.contains("gpu"));
}

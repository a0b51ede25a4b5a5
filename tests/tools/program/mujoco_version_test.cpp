// A library of a different MuJoCo version than the one seqrl was compiled for.
#include "configs/base/error.h"
#include "tests/tools/program/program.h"

#ifdef SEQRL_OTHER_MUJOCO

TEST_CASE("a MuJoCo library of another version than at compile time is rejected", "[program]") {
  const TemporaryFolder folder;
  for (const char* command : {"list environments", "bench env env=hopper", "info hopper-expert"}) {
    INFO(command);
    const Ran ran = seqrl_in(folder, command, "LD_PRELOAD='" SEQRL_OTHER_MUJOCO "'");
    CHECK(ran.status == 2);
    CHECK(ran.out.empty());
    CHECK(is_one_line(ran.err));
    CHECK_THAT(ran.err, Catch::StartsWith("seqrl: compiled for MuJoCo ") &&
                            Catch::Contains("the loaded library is MuJoCo 9.8.7"));
  }
  CHECK(seqrl_in(folder, "--version", "LD_PRELOAD='" SEQRL_OTHER_MUJOCO "'").status == 0);
}

#endif

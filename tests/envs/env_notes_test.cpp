#include "envs/env_notes.h"

#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("notes of environments are counted, and removed when taken", "[notes]") {
  take_env_notes();
  add_env_note("point", "it broke");
  add_env_note("point", "it broke");
  add_env_note("line", "it broke");
  CHECK(take_env_notes() ==
        std::vector<std::string>{"point: it broke (2 times)", "line: it broke"});
  CHECK(take_env_notes().empty());
  for (int i = 0; i < 15; ++i) add_env_note("point", std::to_string(i));
  CHECK(take_env_notes().size() == 13);
  CHECK(take_env_notes().empty());
}

TEST_CASE("an environment that keeps printing is noted less and less often", "[notes]") {
  take_env_notes();
  int noted = 0;
  for (int i = 1; i <= 100; ++i) {
    add_env_output("chatty", 1, "line " + std::to_string(i));
    noted += static_cast<int>(take_env_notes().size());
  }
  CHECK(noted == 7);  // after 1, 2, 4, …, 64 lines
  add_env_output("chatty", 100, "the end");
  CHECK(take_env_notes() ==
        std::vector<std::string>{"chatty: its process printed 200 lines, the last: 'the end'"});
}

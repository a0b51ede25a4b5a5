#include "configs/base/machine.h"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "configs/base/environment.h"
#include "configs/base/process.h"
#include "tests/catch.h"

using namespace seqrl;

TEST_CASE("a running process has a start time, an ended one has none") {
  const auto mine = start_of_process(::getpid());
  REQUIRE(mine);
  CHECK(start_of_process(::getpid()) == mine);
  CHECK_FALSE(start_of_process(-1));

  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == 0);
  CHECK_FALSE(start_of_process(child));  // its exit status has not been collected
  REQUIRE(::waitpid(child, nullptr, 0) == child);
  CHECK_FALSE(start_of_process(child));
}

TEST_CASE("a process reports its own pid and machine") {
  const ProcessAddress here = ProcessAddress::of_this_process();
  CHECK(here.pid == ::getpid());
  CHECK_FALSE(here.machine.empty());
  CHECK(here.names.starts_with(here.machine));
}

TEST_CASE("a time in an environment variable is read, or rejected if it is not sensible") {
  constexpr const char* kName = "SEQRL_TEST_SECONDS";
  ::unsetenv(kName);
  CHECK(seconds_in_environment(kName, 7) == 7);
  ::setenv(kName, "2.5", 1);
  CHECK(seconds_in_environment(kName, 7) == 2.5);
  for (const char* wrong : {"", "x", "0", "-1", "5s", "1e9", "nan"}) {
    ::setenv(kName, wrong, 1);
    CHECK_FALSE(seconds_in_environment(kName, 7));
  }
  ::unsetenv(kName);
}

TEST_CASE("a child process inherits the environment, with overrides") {
  ::setenv("SEQRL_TEST_A", "1", 1);
  ::setenv("SEQRL_TEST_B", "1", 1);
  Process child({"sh", "-c", "echo $SEQRL_TEST_A$SEQRL_TEST_B$SEQRL_TEST_C"},
                {.capture = true, .environment = {"SEQRL_TEST_B=2", "SEQRL_TEST_C=3"}});
  CHECK(child.wait() == 0);
  CHECK(child.captured() == "123\n");
  ::unsetenv("SEQRL_TEST_A");
  ::unsetenv("SEQRL_TEST_B");
}

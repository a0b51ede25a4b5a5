#include "models/training/log_file.h"

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

TEST_CASE("a log file continues after the given bytes and drops the rest") {
  const TemporaryFolder folder;
  {
    LogFile log(folder / "log", 0);
    log.write("one\n");
    log.write("two\n");
    CHECK(log.bytes() == 8);
  }
  {
    LogFile log(folder / "log", 4);
    CHECK(log.bytes() == 4);
    log.write("three\n");
    CHECK(log.bytes() == 10);
  }
  CHECK(read_file(folder / "log") == "one\nthree\n");
}

TEST_CASE("a log file that is shorter than expected is restarted") {
  const TemporaryFolder folder;
  { LogFile(folder / "log", 0).write("one\n"); }
  {
    LogFile log(folder / "log", 5);
    CHECK(log.bytes() == 0);
    log.write("two\n");
  }
  CHECK(read_file(folder / "log") == "two\n");
}

TEST_CASE("a log file in a missing folder is an error") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(LogFile(folder / "no" / "log", 0), Error);
}

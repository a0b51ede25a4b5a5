#include "configs/base/process.h"

#include <csignal>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

TEST_CASE("a program receives its arguments and input, and its output is written to a file") {
  const TemporaryFolder folder;
  Process process({"sh", "-c", "cat; echo \"$0\" >&2; exit 3", "an 'odd' argument"},
                  {.feed = true, .output = folder / "out.txt"});
  CHECK(process.write("fed\n"));
  CHECK(process.wait() == 3);
  CHECK(read_file(folder / "out.txt") == "fed\nan 'odd' argument\n");
  CHECK(last_line(folder / "out.txt") == "an 'odd' argument");
}

TEST_CASE("a program's output can be captured, separately from its last error line") {
  Process process({"sh", "-c", "cat; echo first >&2; echo last >&2"},
                  {.feed = true, .capture = true});
  const std::string much(1 << 20, 'x');
  CHECK(process.write(much));
  CHECK(process.wait() == 0);
  CHECK((process.captured() == much));
  CHECK(process.last_error() == "last");
}

TEST_CASE("a program's output is not written through a symbolic link") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "precious", "precious");
  std::filesystem::create_symlink(folder / "precious", folder / "output.txt");
  CHECK_THROWS_WITH(Process({"true"}, {.output = folder / "output.txt"}),
                    Catch::Contains("symbolic link"));
}

TEST_CASE("a missing program is reported with its package") {
  try {
    Process({"no-such-program-of-ours"}, {}, "its-package");
    FAIL("it started");
  } catch (const ProgramMissing& error) {
    CHECK(error.kind() == ErrorKind::failure);
    CHECK_THAT(error.what(), Catch::Contains("no-such-program-of-ours is not installed"));
    CHECK_THAT(error.what(), Catch::Contains("apt-get install its-package"));
  }
}

TEST_CASE("a program that fails to start leaves no file open") {
  const auto open_files = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  const auto before = open_files();
  CHECK_THROWS_AS(Process({"no-such-program-of-ours"}, {.feed = true, .capture = true}), Error);
  CHECK(open_files() == before);
}

TEST_CASE("writing to a program that no longer reads fails without ending the writer") {
  Process process({"true"}, {.feed = true});
  const std::string much(1 << 20, 'x');
  CHECK(!(process.write(much) && process.write(much)));
  CHECK(process.wait() == 0);
}

TEST_CASE("the status of a program ended by a signal is 128 plus the signal") {
  Process process({"sleep", "60"}, {});
  CHECK(!process.poll());
  process.signal(SIGTERM);
  CHECK(process.wait() == 128 + SIGTERM);
}

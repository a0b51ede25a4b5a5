#include "configs/base/files.h"

#include <sys/stat.h>

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Matchers::Contains;

TEST_CASE("an output file is created, appended to or replaced as its mode says") {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  OutputFile(path, OutputFile::Mode::create).write("one");
  CHECK_THROWS_WITH(OutputFile(path, OutputFile::Mode::create), Contains("/a: File exists"));
  OutputFile(path, OutputFile::Mode::append).write(" two");
  CHECK(read_file(path) == "one two");
  OutputFile(path, OutputFile::Mode::replace).write("three");
  CHECK(read_file(path) == "three");
}

TEST_CASE("an output file is not written through a symbolic link or into a FIFO") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "precious", "precious");
  std::filesystem::create_symlink(folder / "precious", folder / "link");
  std::filesystem::create_symlink(folder / "nothing", folder / "dangling");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  for (const auto mode : {OutputFile::Mode::append, OutputFile::Mode::replace}) {
    for (const char* link : {"link", "dangling"}) {
      CHECK_THROWS_WITH(OutputFile(folder / link, mode), Contains("is a symbolic link"));
    }
    CHECK_THROWS_WITH(OutputFile(folder / "fifo", mode), Contains("is not a regular file"));
  }
  CHECK(read_file(folder / "precious") == "precious");
  CHECK(!std::filesystem::exists(folder / "nothing"));
}

TEST_CASE("an atomic write leaves either the new or the old file") {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  write_file_atomically(path, "old");
  try {
    const FullDisk full(10);
    write_file_atomically(path, std::string(1000, 'x'));
    FAIL("a full disk must be an error");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::failure);
    CHECK(error.what() == "cannot write " + path.string() + ": File too large");
  }
  CHECK(read_file(path) == "old");
  write_file_atomically(path, [](OutputFile& file) {
    file.write("n");
    file.write("ew");
  });
  CHECK(read_file(path) == "new");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

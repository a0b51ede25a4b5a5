#include "configs/base/files.h"

#include "configs/base/error.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Matchers::Contains;

TEST_CASE("an output file replaces, appends or is new, as asked") {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  OutputFile(path, OutputFile::Mode::create).write("one");
  CHECK_THROWS_WITH(OutputFile(path, OutputFile::Mode::create), Contains("/a: File exists"));
  OutputFile(path, OutputFile::Mode::append).write(" two");
  CHECK(read_file(path) == "one two");
  OutputFile(path, OutputFile::Mode::replace).write("three");
  CHECK(read_file(path) == "three");
}

TEST_CASE("a file written atomically is the new one or the old one") {
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

#include "configs/base/staging.h"

#include <sys/stat.h>

#include <memory>

#include "configs/base/error.h"
#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Contains;

namespace fs = std::filesystem;

namespace {

int entries(const fs::path& folder) {
  return static_cast<int>(std::distance(fs::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("a staged file has a unique name, obeys the umask, and is removed unless published") {
  const TemporaryFolder folder;
  fs::path first, second;
  {
    const Staging a(folder / "a", Staging::Kind::file), b(folder / "a", Staging::Kind::file);
    first = a.path(), second = b.path();
    CHECK(first != second);
    CHECK_THAT(first.filename().string(),
               Catch::StartsWith(".a.seqrl-") && Catch::EndsWith(".tmp"));
    struct stat status {};
    REQUIRE(::stat(first.c_str(), &status) == 0);
    const mode_t mask = ::umask(0);
    ::umask(mask);
    CHECK((status.st_mode & 0777) == (0666 & ~mask));
  }
  CHECK(entries(folder.path()) == 0);
  Staging(folder / std::string(255, 'n'), Staging::Kind::file).publish();
  CHECK(fs::exists(folder / std::string(255, 'n')));
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("stale staging files are removed, those in use and the user's files are not") {
  const TemporaryFolder folder;
  const std::string digits = "0123456789abcdef";
  const fs::path left = folder / (".a.seqrl-" + digits + ".tmp");
  const fs::path left_folder = folder / (".b.seqrl-" + digits + ".tmp");
  const auto leave = [&] {
    write_file_atomically(left, "");
    make_folder(left_folder / "data");
  };
  leave();
  for (const char* users : {"a.tmp", "a.part", ".a.seqrl-notes.tmp", ".seqrl-0123456789abcdef"}) {
    write_file_atomically(folder / users, "");
  }
  const Staging living(folder / "c", Staging::Kind::folder);
  leave();
  remove_stale_staging(folder.path());
  CHECK(!fs::exists(left));
  CHECK(!fs::exists(left_folder));
  CHECK(fs::exists(living.path()));
  CHECK(entries(folder.path()) == 5);
}

TEST_CASE("a staged file replaces a link, but not a FIFO or a folder") {
  const TemporaryFolder folder;
  write_file_atomically(folder / "precious", "precious");
  fs::create_symlink(folder / "precious", folder / "link");
  write_file_atomically(folder / "link", "new");
  CHECK(read_file(folder / "precious") == "precious");
  CHECK(!fs::is_symlink(folder / "link"));
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK_THROWS_WITH(write_file_atomically(folder / "fifo", ""), Contains("not a file"));
  CHECK_THROWS_WITH(write_file_atomically(folder.path(), ""), Contains("cannot write"));
}

TEST_CASE("a staged folder replaces an empty folder, and any folder on request") {
  const TemporaryFolder folder;
  const auto stage = [&](const std::string& content) {
    auto staging = std::make_unique<Staging>(folder / "x", Staging::Kind::folder);
    write_file_atomically(staging->path() / "file", content);
    return staging;
  };
  make_folder(folder / "x");
  CHECK(stage("one")->publish());
  CHECK(!stage("two")->publish());
  CHECK(read_file(folder / "x" / "file") == "one");
  stage("three")->replace();
  CHECK(read_file(folder / "x" / "file") == "three");
  fs::remove_all(folder / "x");
  stage("four")->replace();
  CHECK(read_file(folder / "x" / "file") == "four");
  CHECK(entries(folder.path()) == 1);
}

TEST_CASE("missing parent folders appear together with the staged folder, not before") {
  const TemporaryFolder folder;
  const fs::path target = folder / "a" / "b" / "x";
  {
    Staging staged(target, Staging::Kind::folder);
    write_file_atomically(staged.path() / "file", "content");
    CHECK(!fs::exists(folder / "a"));
    CHECK(staged.publish());
    CHECK(read_file(target / "file") == "content");
  }
  CHECK(entries(folder.path()) == 1);
  fs::remove_all(folder / "a");
  { const Staging abandoned(target, Staging::Kind::folder); }
  CHECK(entries(folder.path()) == 0);

  // Another process creates them in the meantime.
  Staging staged(target, Staging::Kind::folder), other(folder / "a" / "y", Staging::Kind::folder);
  CHECK(other.publish());
  CHECK(staged.publish());
  CHECK(fs::exists(target));
  CHECK(fs::exists(folder / "a" / "y"));
}

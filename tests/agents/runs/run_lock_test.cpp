#include "agents/runs/run_lock.h"

#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Contains;
namespace fs = std::filesystem;

TEST_CASE("a run's folder is locked once and can be locked again after its release") {
  const TemporaryFolder folder;
  {
    const RunLock lock(folder.path());
    CHECK_THROWS_AS(RunLock(folder.path()), RunLocked);
    CHECK_THROWS_WITH(RunLock(folder.path()), Contains("this process already has this run"));
  }
  CHECK_NOTHROW(RunLock(folder.path()));
  CHECK(fs::exists(folder / "lock"));
}

TEST_CASE("a lock that is a link or not a file is rejected") {
  const TemporaryFolder folder, elsewhere;
  fs::create_symlink(elsewhere / "made", folder / "lock");
  CHECK_THROWS_WITH(RunLock(folder.path()), Contains("/lock: a link; remove it"));
  CHECK(!fs::exists(elsewhere / "made"));
  fs::remove(folder / "lock");
  fs::create_directory(folder / "lock");
  CHECK_THROWS_WITH(RunLock(folder.path()), Contains("/lock: Is a directory"));
  CHECK_THROWS_WITH(RunLock(folder / "no"), Contains("/no: No such file"));
}

TEST_CASE("a lock detects that its folder was moved or its file deleted") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "run");
  const RunLock lock(folder / "run");
  CHECK_NOTHROW(lock.require_in_place());
  fs::rename(folder / "run", folder / "moved");
  CHECK_THROWS_WITH(lock.require_in_place(), Contains("moved or deleted"));
  fs::create_directory(folder / "run");
  CHECK_THROWS_WITH(lock.require_in_place(), Contains("moved or deleted"));
  fs::remove(folder / "run");
  fs::rename(folder / "moved", folder / "run");
  CHECK_NOTHROW(lock.require_in_place());
  // As after an `rm -r` that cannot delete a folder because new files have appeared in it.
  fs::remove(folder / "run" / "lock");
  CHECK_THROWS_WITH(lock.require_in_place(), Contains("or 'lock' in it, was moved or deleted"));
  const RunLock other(folder / "run");
  CHECK_THROWS_WITH(lock.require_in_place(), Contains("or 'lock' in it, was moved or deleted"));
}

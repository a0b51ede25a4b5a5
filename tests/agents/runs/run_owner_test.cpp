#include "agents/runs/run_owner.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "agents/runs/run_lock.h"
#include "configs/base/files.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace seqrl;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

// An open folder with a lock, as in RunLock.
struct OpenFolder {
  explicit OpenFolder(const fs::path& its_path)
      : path(its_path),
        folder(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
        lock(::open((path / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {}
  ~OpenFolder() {
    ::close(folder);
    ::close(lock);
  }
  std::unique_ptr<RunOwner> take(bool is_locked = true) const {
    return std::make_unique<RunOwner>(path, folder, lock, is_locked);
  }
  const fs::path path;
  const int folder, lock;
};

// Sets the age of an owner's last sign of life, in seconds.
void set_age(const fs::path& file, double seconds) {
  const auto ago = std::chrono::duration_cast<fs::file_time_type::duration>(
      std::chrono::duration<double>(seconds));
  fs::last_write_time(file, fs::file_time_type::clock::now() - ago);
}

// The file of a process on another machine.
void write_other(const fs::path& file, double age) {
  write_file_atomically(file, R"({"host": "node7", "process": 12, "started": 5, "names": "M 1",)"
                              R"( "machine": "M", "timeout": 2, "token": "0"})");
  set_age(file, age);
}

}  // namespace

TEST_CASE("the owner of a run has a lock file and removes it") {
  const TemporaryFolder folder;
  const OpenFolder open(folder.path());
  CHECK_FALSE(owner_of_run(folder.path()));
  {
    const auto owner = open.take();
    CHECK(owner->is_in_place());
    CHECK_THAT(*owner_of_run(folder.path()), Contains(fmt::format("process {} on ", ::getpid())));
    CHECK_THROWS_AS(open.take(false), RunLocked);  // for file systems without locks
  }
  CHECK_FALSE(owner_of_run(folder.path()));
  CHECK_FALSE(fs::exists(folder / "lock.1"));
}

TEST_CASE("a process on another machine owns a run while it updates its lock file") {
  const TemporaryFolder folder;
  const OpenFolder open(folder.path());
  write_other(folder / "lock.3", 1.0);
  CHECK_THROWS_WITH(open.take(),
                    Contains("another process is training this run: process 12 on node7"));
  CHECK(owner_of_run(folder.path()) == "process 12 on node7");

  set_age(folder / "lock.3", 10);
  CHECK_FALSE(owner_of_run(folder.path()));
  const auto owner = open.take();
  CHECK_FALSE(fs::exists(folder / "lock.3"));
  CHECK(fs::exists(folder / "lock.4"));
}

TEST_CASE("clock differences do not make an owner look dead") {
  const TemporaryFolder folder;
  const OpenFolder open(folder.path());
  write_other(folder / "lock.1", 1000);
  std::atomic<bool> ends = false;
  std::thread signs([&] {
    for (double age = 999; !ends; age -= 0.01) {
      set_age(folder / "lock.1", age);
      std::this_thread::yield();
    }
  });
  CHECK_THROWS_AS(open.take(), RunLocked);
  ends = true;
  signs.join();
}

TEST_CASE("a process of this machine that has ended is replaced at once") {
  const TemporaryFolder folder;
  const OpenFolder open(folder.path());
  std::string text;
  {
    const auto owner = open.take();
    text = read_file(folder / "lock.1");
  }
  // The file of an earlier process with this process's number.
  const std::size_t at = text.find("\"started\":") + 10;
  write_file_atomically(folder / "lock.1", text.substr(0, at) + "1" + text.substr(at));
  CHECK_FALSE(owner_of_run(folder.path()));
  CHECK(open.take(false)->is_in_place());
}

TEST_CASE("an incomplete lock file counts as a live owner") {
  const TemporaryFolder folder;
  const OpenFolder open(folder.path());
  for (const char* text : {"", "{\"host\": \"no", "[]", "{\"host\": 3, \"timeout\": \"x\"}"}) {
    write_file_atomically(folder / "lock.1", text);
    CHECK_THROWS_AS(open.take(), RunLocked);
    CHECK(owner_of_run(folder.path()) == "another process");
  }
  fs::remove(folder / "lock.1");
  for (const char* name : {"lock.01", "lock.x", "lock.", "lock.-1", "lock.1.tmp"}) {
    write_file_atomically(folder / name, "");
  }
  CHECK(open.take()->is_in_place());
  CHECK(fs::exists(folder / "lock.x"));  // belongs to somebody else
}

TEST_CASE("only one of several candidates replaces a dead owner") {
  const TemporaryFolder folder;
  for (int round = 0; round < 10; ++round) {
    write_other(folder / fmt::format("lock.{}", round + 1), 100);
    std::atomic<int> owners = 0, refused = 0;
    std::atomic<bool> begin = false;
    std::vector<std::thread> threads;
    std::vector<std::unique_ptr<RunOwner>> taken(6);
    for (std::size_t i = 0; i < taken.size(); ++i) {
      threads.emplace_back([&, i] {
        const OpenFolder open(folder.path());
        while (!begin) std::this_thread::yield();
        try {
          taken[i] = open.take(false);
          ++owners;
        } catch (const RunLocked&) {
          ++refused;
        }
        // Held until all have tried.
        while (owners + refused < std::ssize(taken)) std::this_thread::yield();
        taken[i].reset();
      });
    }
    begin = true;
    for (std::thread& thread : threads) thread.join();
    CHECK(owners == 1);
    CHECK_FALSE(owner_of_run(folder.path()));
  }
}

TEST_CASE("a lock file with a number that cannot be followed is named or ignored") {
  const TemporaryFolder folder;
  const OpenFolder open(folder.path());
  // Above any number that seqrl writes: ignored.
  write_file_atomically(folder / "lock.9223372036854775807", "other");
  open.take().reset();
  // The largest: following it is refused.
  write_file_atomically(folder / "lock.1000000000000000000", R"({"timeout": 0})");
  fs::last_write_time(folder / "lock.1000000000000000000",
                      fs::file_time_type::clock::now() - std::chrono::hours(1));
  CHECK_THROWS_WITH(open.take(), Contains("lock.1000000000000000000: not a file of seqrl"));
}

TEST_CASE("an owner that was replaced no longer writes") {
  const TemporaryFolder folder;
  const RunLock lock(folder.path());
  CHECK_NOTHROW(lock.require_in_place());
  fs::remove(folder / "lock.1");
  write_other(folder / "lock.2", 0);
  CHECK_THROWS_WITH(lock.require_in_place(), Contains("another process has taken over the run"));
}

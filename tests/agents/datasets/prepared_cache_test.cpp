#include "agents/datasets/prepared_cache.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "agents/datasets/d4rl.h"
#include "agents/datasets/load.h"
#include "agents/datasets/scan.h"
#include "configs/base/files.h"
#include "tests/agents/datasets/small_d4rl.h"
#include "tests/catch.h"
#include "tests/full_disk.h"
#include "tests/temporary_folder.h"

using namespace seqrl;

namespace {

namespace fs = std::filesystem;

// A dataset and a folder for its prepared files, separate from the user's.
struct Workplace : TemporaryFolder {
  Workplace() { SmallD4rl().write(data()); }
  fs::path data() const { return *this / "hopper-small.hdf5"; }
  fs::path cache() const { return *this / "cache"; }
  LoadOptions options() const { return {.cache = cache().string()}; }
  Trajectories load() const { return load_dataset(data().string(), options()); }

  std::vector<fs::path> cached() const {
    std::vector<fs::path> files;
    if (!fs::exists(cache())) return files;
    for (const auto& entry : fs::directory_iterator(cache())) files.push_back(entry.path());
    return files;
  }
  // The only prepared file.
  fs::path prepared() const {
    const std::vector<fs::path> files = cached();
    REQUIRE(files.size() == 1);
    return files[0];
  }
};

// A file with as many numbers as SmallD4rl, but different ones.
void write_other(const fs::path& path) {
  SmallD4rl other;
  other.observations[0] += 1;
  fs::remove(path);
  other.write(path);
}

template <typename T>
std::vector<T> copy_of(std::span<const T> values) {
  return {values.begin(), values.end()};
}

void check_same(const Trajectories& a, const Trajectories& b) {
  CHECK(copy_of(a.observations()) == copy_of(b.observations()));
  CHECK(copy_of(a.actions()) == copy_of(b.actions()));
  CHECK(copy_of(a.rewards()) == copy_of(b.rewards()));
  CHECK(copy_of(a.next_observations()) == copy_of(b.next_observations()));
  CHECK(copy_of(a.returns_to_go()) == copy_of(b.returns_to_go()));
  CHECK(copy_of(a.returns()) == copy_of(b.returns()));
  CHECK(copy_of(a.observation_mean()) == copy_of(b.observation_mean()));
  CHECK(copy_of(a.observation_std()) == copy_of(b.observation_std()));
  CHECK(a.episodes() == b.episodes());
  CHECK(a.fingerprint() == b.fingerprint());
  CHECK(a.fingerprint_of_complete() == b.fingerprint_of_complete());
  CHECK(zero_rows(a) == zero_rows(b));
  CHECK(repeated_episodes(a) == repeated_episodes(b));
  CHECK(action_range(a).low == action_range(b).low);
  CHECK(action_range(a).high == action_range(b).high);
  CHECK(largest_return_to_go(a) == largest_return_to_go(b));
  CHECK(a.source().path == b.source().path);
  CHECK(a.source().layout == b.source().layout);
  CHECK(a.source().env == b.source().env);
  CHECK(a.source().reference.has_value() == b.source().reference.has_value());
}

// What the dataset's notes say about prepared copies; "" if nothing.
std::string note_of(const Trajectories& data) {
  std::string text;
  for (const std::string& note : data.source().notes) {
    if (note.find("prepared copy") != std::string::npos) text += note + "\n";
  }
  return text;
}

// Runs `work` in a child process and returns its exit status, or the signal that ended it.
template <typename Work>
pid_t start(const Work& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int status = 1;
  try {
    status = work() ? 0 : 1;
  } catch (...) {
  }
  ::_exit(status);
}

int wait_for(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a second load maps the first one's prepared copy with identical values") {
  const Workplace folder;
  for (const bool next : {false, true}) {
    for (const bool cut : {false, true}) {
      LoadOptions options = folder.options();
      options.keep_next_observations = next;
      options.keep_cut_episodes = cut;
      const Trajectories first = load_dataset(folder.data().string(), options);
      CHECK_THAT(note_of(first), ContainsSubstring("is mapped by later starts"));
      const Trajectories second = load_dataset(folder.data().string(), options);
      CHECK(note_of(second).empty());
      CHECK(second.scan().has_value());
      options.cache = "off";
      const Trajectories read = load_dataset(folder.data().string(), options);
      CHECK(!read.scan().has_value());
      check_same(second, read);
      check_same(first, read);
      CHECK(second.source().notes == read.source().notes);
    }
  }
  CHECK(folder.cached().size() == 4);  // one for each choice of options
}

TEST_CASE("small files and cache=off leave no prepared copy") {
  const Workplace folder;
  ::setenv("SEQRL_CACHE", folder.cache().c_str(), 1);
  CHECK(prepared_folder("auto") == folder.cache());
  CHECK(note_of(load_dataset(folder.data().string(), {.cache = "auto"})).empty());
  ::unsetenv("SEQRL_CACHE");
  CHECK(note_of(load_dataset(folder.data().string())).empty());
  CHECK(!prepared_folder("off"));
  CHECK(folder.cached().empty());
}

TEST_CASE("a prepared copy is private, and another user's copy is not mapped") {
  const Workplace folder;
  folder.load();
  CHECK((fs::status(folder.prepared()).permissions() & fs::perms::mask) ==
        (fs::perms::owner_read | fs::perms::owner_write));
  CHECK((fs::status(folder.cache()).permissions() & fs::perms::mask) == fs::perms::owner_all);
  if (::geteuid() != 0) return;  // only root can give a file away
  REQUIRE(::chown(folder.prepared().c_str(), 12345, 12345) == 0);
  CHECK_THAT(note_of(folder.load()), ContainsSubstring("belongs to another user"));
  CHECK(note_of(folder.load()).empty());
}

TEST_CASE("a changed file is prepared again") {
  const Workplace folder;
  const std::uint64_t before = folder.load().fingerprint();
  write_other(folder.data());
  fs::last_write_time(folder.data(), fs::file_time_type::clock::now() + std::chrono::hours(1));
  const Trajectories data = folder.load();
  CHECK(data.fingerprint() != before);
  CHECK_THAT(note_of(data), ContainsSubstring("was made from an earlier version of the data"));
  const Trajectories again = folder.load();
  CHECK(note_of(again).empty());
  CHECK(again.fingerprint() == data.fingerprint());
  folder.prepared();
}

TEST_CASE("a file that changes while it is being read is not prepared") {
  const Workplace folder;
  const auto load = [&](SharedMemory& memory) {
    Trajectories data = load_d4rl(folder.data(), folder.options(), memory);
    fs::last_write_time(folder.data(), fs::file_time_type::clock::now() + std::chrono::hours(1));
    return data;
  };
  CHECK_THAT(note_of(load_prepared({folder.data()}, folder.options(), load)),
             ContainsSubstring("it changed while it was being read"));
  CHECK(folder.cached().empty());
}

TEST_CASE("linked data is prepared for the link, and again when the link's target changes") {
  const Workplace folder;
  const fs::path link = folder / "walker2d.hdf5", other = folder / "other.hdf5";
  write_other(other);
  fs::create_symlink(folder.data(), link);
  folder.load();
  const Trajectories by_link = load_dataset(link.string(), folder.options());
  CHECK(by_link.source().env == "walker2d");  // data goes by the link's name
  CHECK(load_dataset(link.string(), folder.options()).source().env == "walker2d");
  CHECK(folder.load().source().env == "hopper");
  fs::last_write_time(other, fs::last_write_time(folder.data()));
  fs::remove(link);
  fs::create_symlink(other, link);
  const Trajectories changed = load_dataset(link.string(), folder.options());
  CHECK(changed.fingerprint() != by_link.fingerprint());
  CHECK_THAT(note_of(changed), ContainsSubstring("from an earlier version"));
}

TEST_CASE("a truncated prepared copy is never used") {
  const Workplace folder;
  const std::uint64_t fingerprint = folder.load().fingerprint();
  const std::string whole = read_file(folder.prepared());
  for (std::size_t size = 0; size < whole.size(); size += size < 128 ? 7 : 997) {
    write_file_atomically(folder.prepared(), whole.substr(0, size));
    const Trajectories data = folder.load();
    CHECK(data.fingerprint() == fingerprint);
    CHECK_THAT(note_of(data), ContainsSubstring("is cut short"));
    CHECK(note_of(folder.load()).empty());
  }
  write_file_atomically(folder.prepared(), whole + "x");
  CHECK_THAT(note_of(folder.load()), ContainsSubstring("is cut short"));
}

TEST_CASE("a prepared copy with a wrong byte in its first page or its header is never used") {
  const Workplace folder;
  const std::uint64_t fingerprint = folder.load().fingerprint();
  const std::string whole = read_file(folder.prepared());
  const std::size_t header = whole.find("{\"action_dim\"");
  REQUIRE(header != std::string::npos);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < 64; ++i) places.push_back(i);
  for (std::size_t i = header; i < whole.size(); i += 23) places.push_back(i);
  places.push_back(whole.size() - 1);
  for (const std::size_t place : places) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x10);
    write_file_atomically(folder.prepared(), damaged);
    const Trajectories data = folder.load();
    INFO("byte " << place);
    CHECK(data.fingerprint() == fingerprint);
    CHECK(!note_of(data).empty());
    CHECK(note_of(folder.load()).empty());
  }
}

TEST_CASE("a link or folder in place of a prepared copy is neither used nor damaged") {
  const Workplace folder;
  folder.load();
  const fs::path prepared = folder.prepared();
  const fs::path precious = folder / "precious";
  write_file_atomically(precious, "precious");
  fs::remove(prepared);
  fs::create_symlink(precious, prepared);
  CHECK_THAT(note_of(folder.load()), ContainsSubstring("cannot be opened"));
  CHECK(read_file(precious) == "precious");
  CHECK(note_of(folder.load()).empty());
  fs::remove(prepared);
  fs::create_directories(prepared / "in");
  CHECK_THAT(note_of(folder.load()), ContainsSubstring("no prepared copy is kept"));
  CHECK(fs::is_directory(prepared / "in"));
}

TEST_CASE("a process killed during preparation leaves nothing that is used") {
  const Workplace folder;
  const int status = wait_for(start([&] {
    load_prepared({folder.data()}, folder.options(), [&](SharedMemory& memory) {
      Trajectories data = load_d4rl(folder.data(), folder.options(), memory);
      ::raise(SIGKILL);
      return data;
    });
    return true;
  }));
  REQUIRE(WIFSIGNALED(status));
  CHECK(folder.cached().size() == 1);  // the unfinished copy
  CHECK(!note_of(folder.load()).empty());
  CHECK(note_of(folder.load()).empty());
  folder.prepared();  // the unfinished copy is gone
}

TEST_CASE("processes that prepare the same data at once all load it and leave one copy") {
  const Workplace folder;
  const std::uint64_t fingerprint = load_dataset(folder.data().string()).fingerprint();
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    children.push_back(start([&] {
      bool same = true;
      for (int repeat = 0; repeat < 3; ++repeat) {
        same = same && folder.load().fingerprint() == fingerprint;
      }
      return same;
    }));
  }
  for (const pid_t child : children) CHECK(wait_for(child) == 0);
  folder.prepared();
  CHECK(note_of(folder.load()).empty());
}

TEST_CASE("mapped data stays valid when the prepared copy is replaced or removed") {
  const Workplace folder;
  folder.load();
  const Trajectories mapped = folder.load();
  const std::vector<float> before = copy_of(mapped.observations());
  write_file_atomically(folder.prepared(), "other");
  CHECK(copy_of(mapped.observations()) == before);
  fs::remove_all(folder.cache());
  CHECK(copy_of(mapped.observations()) == before);
}

TEST_CASE("if no copy can be kept, data is read into memory and a note says why") {
  const Workplace folder;
  LoadOptions options = folder.options();
  options.cache = (folder.data() / "cache").string();
  const Trajectories data = load_dataset(folder.data().string(), options);
  CHECK(data.transitions() == 7);
  CHECK_THAT(note_of(data), ContainsSubstring("no prepared copy is kept: cannot create"));
  options.cache = "/proc";
  CHECK_THAT(note_of(load_dataset(folder.data().string(), options)),
             ContainsSubstring("no prepared copy is kept: cannot write /proc/"));
  options = folder.options();
  options.writes_to_folder = false;
  CHECK_THAT(note_of(load_dataset(folder.data().string(), options)),
             ContainsSubstring("a checkpoint or run names the folder"));
  CHECK(folder.cached().empty());
}

TEST_CASE("on a full disk, data is read into memory and a note says why") {
  const Workplace folder;
  const std::uint64_t fingerprint = folder.load().fingerprint();
  fs::remove_all(folder.cache());
  {
    const FullDisk full(6 * page_size());  // room for the arrays but not for a header
    const Trajectories data = folder.load();
    CHECK(data.fingerprint() == fingerprint);
    CHECK_THAT(note_of(data), ContainsSubstring("no prepared copy is kept"));
  }
  CHECK(folder.cached().empty());
}

TEST_CASE("invalid data is also rejected with a cache and leaves no copy") {
  const Workplace folder;
  fs::remove(folder.data());
  SmallD4rl().write(folder.data(), {"rewards"});
  CHECK_THAT(rejection([&] { folder.load(); }), ContainsSubstring("rewards"));
  CHECK(folder.cached().empty());
}

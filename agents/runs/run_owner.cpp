#include "agents/runs/run_owner.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <utility>

#include "agents/config/run_files.h"
#include "configs/base/environment.h"
#include "configs/base/errno_text.h"
#include "configs/base/file_handle.h"
#include "configs/base/files.h"
#include "configs/base/machine.h"
#include "configs/base/printable.h"
#include "configs/base/stopwatch.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kTimeoutVariable = "SEQRL_LOCK_TIMEOUT";
constexpr double kTimeout = 60;  // seconds, unless set in the environment
constexpr double kSigns = 12;    // per timeout
constexpr std::size_t kMaxText = 4096;

// "lock."
const std::string& prefix() {
  static const std::string text = RunFiles("").lock().string() + ".";
  return text;
}

constexpr std::int64_t kLargestNumber = 1'000'000'000'000'000'000;

std::optional<std::int64_t> number_of(std::string_view name) {
  if (!name.starts_with(prefix())) return std::nullopt;
  name.remove_prefix(prefix().size());
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  const bool whole = error == std::errc() && end == name.data() + name.size() && number > 0 &&
                     number <= kLargestNumber && std::to_string(number) == name;
  return whole ? std::optional(number) : std::nullopt;
}

// Distinguishes also two owners in one process.
std::string token() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) {
    fail("cannot get random numbers: {}", errno_text(errno));
  }
  return fmt::format("{:016x}", number);
}

double own_timeout() {
  const auto seconds = seconds_in_environment(kTimeoutVariable, kTimeout);
  SEQRL_REQUIRE(seconds, "{}: {}", kTimeoutVariable, kExpectedSeconds);
  return *seconds;
}

std::string text_of_this_process(double timeout) {
  const ProcessAddress here = ProcessAddress::of_this_process();
  return Json{{"host", here.host},
              {"process", here.pid},
              {"started", start_of_process(here.pid).value_or(0)},
              {"names", here.names},
              {"machine", here.machine},
              {"timeout", timeout},
              {"token", token()}}
             .dump(-1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

// The text of a process: "process 12 on node3".
std::string name_of_process(std::int64_t process, const std::string& host) {
  return fmt::format("process {} on {}", process, printable(host));
}

std::string own_name() {
  const ProcessAddress here = ProcessAddress::of_this_process();
  return name_of_process(here.pid, here.host);
}

// Nothing if the text is not completely a value of this type.
template <typename T>
std::optional<T> value_in(const std::string& text, const char* key) {
  try {
    return Json::parse(text).at(key).get<T>();
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

double seconds_of(const timespec& time) {
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

bool same_time(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

RunLocked::RunLocked(const fs::path& folder, const std::string& owner)
    : RunTaken(ErrorKind::user,
               owner == own_name()
                   ? fmt::format("{}: this process already has this run; destroy its TrainingRun "
                                 "before it is begun or resumed again",
                                 folder.string())
                   : fmt::format("{}: another process is training this run{}", folder.string(),
                                 owner.empty() ? "" : ": " + owner)) {}

std::string OwnerFiles::name_of(std::int64_t number) {
  return prefix() + std::to_string(number);
}

std::string OwnerFiles::Owner::name() const {
  const auto host = value_in<std::string>(text, "host");
  const auto process = value_in<std::int64_t>(text, "process");
  return host && process ? name_of_process(*process, *host) : "";
}

std::vector<std::int64_t> OwnerFiles::numbers() const {
  std::vector<std::int64_t> numbers;
  const int file = ::openat(folder_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* const entries = file < 0 ? nullptr : ::fdopendir(file);
  if (entries == nullptr) {
    const int problem = errno;
    if (file >= 0) ::close(file);
    fail("cannot read the run's folder: {}", errno_text(problem));
  }
  while (const dirent* entry = ::readdir(entries)) {
    if (const auto number = number_of(entry->d_name)) numbers.push_back(*number);
  }
  ::closedir(entries);
  std::ranges::sort(numbers);
  return numbers;
}

std::optional<OwnerFiles::Owner> OwnerFiles::read(std::int64_t number) const {
  // Opened again, so that the file system asks its server.
  const FileHandle file{
      ::openat(folder_, name_of(number).c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  Owner owner{.number = number, .text = std::string(kMaxText, '\0')};
  if (file.number() < 0 || ::fstat(file.number(), &owner.status) != 0) return std::nullopt;
  const ssize_t count = ::pread(file.number(), owner.text.data(), owner.text.size(), 0);
  owner.text.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return owner;
}

std::optional<OwnerFiles::Owner> OwnerFiles::last() const {
  while (true) {
    const std::vector<std::int64_t> there = numbers();
    if (there.empty()) return std::nullopt;
    if (auto owner = read(there.back())) return owner;
    if (errno == ENOENT) continue;  // deleted just now
    fail("cannot read '{}' in the run's folder: {}", name_of(there.back()), errno_text(errno));
  }
}

bool OwnerFiles::lives(const Owner& owner, int lock, bool is_locked) const {
  const ProcessAddress here = ProcessAddress::of_this_process();
  if (is_locked && value_in<std::string>(owner.text, "machine") == here.machine) return false;
  if (value_in<std::string>(owner.text, "names") == here.names) {
    const auto process = value_in<int>(owner.text, "process");
    const auto started = value_in<std::uint64_t>(owner.text, "started");
    return process && started && start_of_process(*process) == started;
  }
  return gives_signs(owner, lock, value_in<double>(owner.text, "timeout").value_or(kTimeout));
}

bool OwnerFiles::gives_signs(const Owner& owner, int lock, double timeout) const {
  // Both times are those of the file system.
  struct stat now {};
  ::futimens(lock, nullptr);
  const double age =
      ::fstat(lock, &now) == 0 ? seconds_of(now.st_mtim) - seconds_of(owner.status.st_mtim) : 0;
  if (age < timeout) return true;
  // Some file systems take them from the machines' clocks, which may differ.
  for (const Stopwatch watch; watch.seconds() < 2 * timeout / kSigns;) {
    const auto again = read(owner.number);
    if (!again || !same_time(again->status.st_mtim, owner.status.st_mtim)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return false;
}

RunOwner::RunOwner(const fs::path& path, int folder, int lock, bool is_locked)
    : files_(folder), folder_(folder), timeout_(own_timeout()) {
  while (!take(path, lock, is_locked)) {
  }
  signs_ = std::thread([this] { give_signs(); });
}

RunOwner::~RunOwner() {
  {
    const std::lock_guard guard(mutex_);
    ends_ = true;
  }
  end_.notify_all();
  signs_.join();
  give_up();
}

void RunOwner::give_up() {
  const std::string name = OwnerFiles::name_of(number_);
  // Twice, because a leftover file makes other machines wait.
  if (is_in_place() && ::unlinkat(folder_, name.c_str(), 0) != 0) {
    ::unlinkat(folder_, name.c_str(), 0);
  }
  ::close(std::exchange(file_, -1));
}

// False if the files have changed in the meantime.
bool RunOwner::take(const fs::path& path, int lock, bool is_locked) {
  const auto before = files_.last();
  if (before && files_.lives(*before, lock, is_locked)) throw RunLocked(path, before->name());
  number_ = before ? before->number + 1 : 1;
  SEQRL_REQUIRE(number_ <= kLargestNumber, "{}: not a file of seqrl; remove it",
                (path / OwnerFiles::name_of(before->number)).string());
  file_ = ::openat(folder_, OwnerFiles::name_of(number_).c_str(),
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (file_ < 0 && errno == EEXIST) return false;
  const std::string name = (path / OwnerFiles::name_of(number_)).string();
  if (file_ < 0) fail("cannot write {}: {}", name, errno_text(errno));
  try {
    OutputFile file(::fcntl(file_, F_DUPFD_CLOEXEC, 0), name);
    file.write(text_of_this_process(timeout_));
    file.sync();
    file.close();
    // If another process has already followed the same owner, that owner's file is gone.
    const auto still = before ? files_.read(before->number) : std::nullopt;
    const std::vector<std::int64_t> numbers = files_.numbers();
    if (numbers.empty() || numbers.back() != number_ || (before && !still) ||
        (before && still->text != before->text)) {
      give_up();
      return false;
    }
    for (const std::int64_t number : numbers) {
      if (number < number_) ::unlinkat(folder_, OwnerFiles::name_of(number).c_str(), 0);
    }
  } catch (...) {
    give_up();
    throw;
  }
  return true;
}

void RunOwner::give_signs() {
  // Signals are left to the working thread.
  sigset_t all;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  std::unique_lock guard(mutex_);
  const std::chrono::duration<double> pause(timeout_ / kSigns);
  while (!end_.wait_for(guard, pause, [this] { return ends_; })) ::futimens(file_, nullptr);
}

bool RunOwner::is_in_place() const {
  struct stat mine {};
  const auto there = files_.read(number_);
  if (!there) return errno != ENOENT;  // a failed check proves nothing
  return ::fstat(file_, &mine) == 0 && mine.st_ino == there->status.st_ino &&
         mine.st_dev == there->status.st_dev;
}

std::optional<std::string> owner_of_run(const fs::path& folder) {
  const FileHandle directory{::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (directory.number() < 0) return std::nullopt;
  const FileHandle lock{::openat(directory.number(), RunFiles("").lock().c_str(),
                                 O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (lock.number() < 0) return std::nullopt;
  const OwnerFiles files(directory.number());
  const auto owner = files.last();
  if (!owner || !files.lives(*owner, lock.number(), false)) return std::nullopt;
  const std::string name = owner->name();
  return name.empty() ? "another process" : name;
}

}  // namespace seqrl

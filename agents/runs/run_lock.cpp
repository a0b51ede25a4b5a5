#include "agents/runs/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

#include "agents/config/run_files.h"
#include "configs/base/errno_text.h"

namespace seqrl {
namespace {

// The name of the lock in its folder.
const std::string& name() {
  static const std::string lock = RunFiles("").lock().string();
  return lock;
}

// Whether a descriptor and a path refer to the same file.
bool same(int file, const std::filesystem::path& path) {
  struct stat ours {
  }, there{};
  return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

}  // namespace

RunLock::RunLock(const std::filesystem::path& folder) : folder_(folder) {
  directory_ = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory_ < 0) fail("cannot open {}: {}", folder.string(), errno_text(errno));
  try {
    while (!take()) close();
  } catch (const RunTaken&) {  // the file is another's by now, even if this object made it
    close();
    ::close(directory_);
    throw;
  } catch (...) {
    if (locked_) remove_if_made();
    close();
    ::close(directory_);
    throw;
  }
}

RunLock::~RunLock() {
  owner_.reset();
  close();
  ::close(directory_);
}

void RunLock::close() {
  if (file_ >= 0) ::close(std::exchange(file_, -1));
}

bool RunLock::take() {
  const std::string path = RunFiles(folder_).lock().string();
  // O_NONBLOCK: opening a pipe would wait.
  constexpr int kFlags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  file_ = ::openat(directory_, name().c_str(), kFlags | O_CREAT | O_EXCL, 0666);
  made_ = file_ >= 0;
  if (!made_ && errno == EEXIST) {
    file_ = ::openat(directory_, name().c_str(), kFlags);
    if (file_ < 0 && errno == ENOENT) return false;  // deleted just now
  }
  if (file_ < 0 && errno == ELOOP) reject("{}: a link; remove it", path);
  if (file_ < 0) fail("cannot write {}: {}", path, errno_text(errno));
  struct stat status {};
  SEQRL_REQUIRE(::fstat(file_, &status) == 0 && S_ISREG(status.st_mode),
                "{}: not a regular file; remove it", path);
  locked_ = lock_file();
  // Not if it was deleted before it was locked.
  if (!same(file_, RunFiles(folder_).lock())) return false;
  owner_ = std::make_unique<RunOwner>(folder_, directory_, file_, locked_);
  return true;
}

bool RunLock::lock_file() const {
  while (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) {
      const auto owner = OwnerFiles(directory_).last();
      throw RunLocked(folder_, owner ? owner->name() : "");
    }
    // The file system has no locks: only the owner's file decides.
    if (errno == ENOSYS || errno == EOPNOTSUPP || errno == ENOLCK) return false;
    fail("cannot lock {}: {}", RunFiles(folder_).lock().string(), errno_text(errno));
  }
  return true;
}

void RunLock::require_in_place() const {
  const bool in_place = same(directory_, folder_) && same(file_, RunFiles(folder_).lock());
  if (in_place && owner_->is_in_place()) return;
  if (in_place) {
    throw RunTaken(ErrorKind::failure,
                   fmt::format("{}: another process has taken over the run, because this one did "
                               "not update its lock for {:.0f} s",
                               folder_.string(), owner_->timeout()));
  }
  fail(
      "{}: the run's folder, or '{}' in it, was moved or deleted during training; resume it in its "
      "new place from its last checkpoint",
      folder_.string(), name());
}

void RunLock::remove_if_made() {
  if (made_ && same(file_, RunFiles(folder_).lock())) ::unlinkat(directory_, name().c_str(), 0);
  owner_.reset();
}

}  // namespace seqrl

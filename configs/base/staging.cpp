#include "configs/base/staging.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <system_error>
#include <utility>

#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/file_handle.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".seqrl-", kEnding = ".tmp";
constexpr std::size_t kDigits = 16;
constexpr std::size_t kLongestName = 200;  // bytes kept of the target's name, of at most 255

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

bool is_staging_name(std::string_view name) {
  if (!name.starts_with('.') || !name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  if (name.size() < 1 + kMark.size() + kDigits) return false;
  const std::string_view digits = name.substr(name.size() - kDigits);
  name.remove_suffix(kDigits);
  return name.ends_with(kMark) &&
         digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The topmost missing folder of a path, which must be created for it.
fs::path topmost_missing(fs::path path) {
  std::error_code ignored;
  while (path.has_parent_path() && !fs::exists(path.parent_path(), ignored)) {
    path = path.parent_path();
  }
  return path;
}

fs::path new_name(const fs::path& target) {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != sizeof number) {
    fail("cannot write {}: getrandom() failed: {}", target.string(), errno_text(errno));
  }
  return folder_of(target) / fmt::format(".{}{}{:016x}{}",
                                         target.filename().string().substr(0, kLongestName), kMark,
                                         number, kEnding);
}

// Creates and opens it; -1 with errno on failure.
int make(const fs::path& path, Staging::Kind kind) {
  if (kind == Staging::Kind::file) {
    return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  }
  if (::mkdir(path.c_str(), 0777) != 0) return -1;
  return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

// Whether a newly created file or folder is still ours: no other process took it for a leftover and
// locked or removed it.
bool hold(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) return errno != EWOULDBLOCK;
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && status.st_nlink > 0;
}

// Whether a file is on a file system that other machines write to: locks may not reach them.
bool is_shared(int file) {
  // From `man 2 statfs` and linux/magic.h: NFS, SMB, Lustre, Ceph, FUSE, BeeGFS, GPFS, AFS,
  // 9P, OCFS2, GFS2.
  constexpr unsigned kShared[] = {0x6969,     0xFF534D42, 0xFE534D42, 0x517B,     0x0BD00BD0,
                                  0x00C36400, 0x65735546, 0x19830326, 0x47504653, 0x5346414F,
                                  0x01021997, 0x7461636F, 0x01161970};
  struct statfs system {};
  if (::fstatfs(file, &system) != 0) return false;
  return std::ranges::count(kShared, static_cast<unsigned>(system.f_type)) > 0;
}

bool is_a_day_old(int file) {
  struct stat status {};
  return ::fstat(file, &status) == 0 && std::time(nullptr) - status.st_mtime > 24 * 60 * 60;
}

void remove_if_stale(const fs::path& path, bool is_ours) {
  const FileHandle file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
  if (file.number() < 0 || ::flock(file.number(), LOCK_EX | LOCK_NB) != 0) return;
  if (!is_ours && is_shared(file.number()) && !is_a_day_old(file.number())) return;
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

}  // namespace

Staging::Staging(fs::path target, Kind kind)
    : target_(std::move(target)), name_(target_.string()), kind_(kind) {
  struct stat there {};
  const bool special = ::lstat(target_.c_str(), &there) == 0 && !S_ISREG(there.st_mode) &&
                       !S_ISLNK(there.st_mode) && !S_ISDIR(there.st_mode);
  if (special) fail("cannot write {}: it exists and is not a file", name_);
  std::error_code error;
  fs::path root_target = target_;
  if (kind_ == Kind::folder && !fs::exists(folder_of(target_), error)) {
    target_ = fs::weakly_canonical(folder_of(target_), error) / target_.filename();
    root_target = topmost_missing(target_);
  }
  remove_stale_staging(folder_of(root_target));
  while (true) {
    root_ = new_name(root_target);
    descriptor_ = make(root_, kind_);
    const int problem = descriptor_ < 0 ? errno : 0;
    // Another process may have taken a folder not yet locked for a leftover and removed it.
    const bool again = problem == EEXIST || (problem == ENOENT && kind_ == Kind::folder &&
                                             fs::exists(folder_of(root_target), error));
    if (again) continue;
    if (problem != 0) fail("cannot write {}: {}", name_, errno_text(problem));
    if (hold(descriptor_)) break;
    ::close(descriptor_);
  }
  path_ = root_target == target_ ? root_ : root_ / target_.lexically_relative(root_target);
  root_target_ = std::move(root_target);
  error.clear();
  if (path_ != root_) fs::create_directories(path_, error);
  if (!error) return;
  remove();
  fail("cannot write {}: {}", name_, error.message());
}

Staging::~Staging() {
  remove();
}

void Staging::remove() {
  std::error_code ignored;
  if (!root_.empty()) fs::remove_all(root_, ignored);
  ::close(descriptor_);
}

void Staging::sync(int descriptor) const {
  // EINVAL: this filesystem does not support fsync here.
  if (::fsync(descriptor) != 0 && errno != EINVAL) {
    fail("cannot write {}: {}", name_, errno_text(errno));
  }
}

void Staging::sync_folder(const fs::path& path) const {
  const FileHandle folder{::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (folder.number() >= 0) sync(folder.number());  // otherwise it is writable but not readable
}

int Staging::rename_to_target(unsigned flags) const {
  const int renamed = flags == 0
                          ? ::rename(path_.c_str(), target_.c_str())
                          : ::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), flags);
  return renamed == 0 ? 0 : errno;
}

bool Staging::publish_with_folders_above() {
  if (path_ == root_ || ::rename(root_.c_str(), root_target_.c_str()) != 0) return false;
  root_.clear();
  sync_folder(root_target_);
  return true;
}

bool Staging::publish() {
  sync(descriptor_);
  if (publish_with_folders_above()) return true;
  if (path_ != root_) {  // another process created some of them meanwhile
    std::error_code error;
    fs::create_directories(folder_of(target_), error);
    if (error) fail("cannot write {}: {}", name_, error.message());
  }
  const int error = rename_to_target(0);
  const bool taken = error == EEXIST || error == ENOTEMPTY || error == ENOTDIR;
  if (kind_ == Kind::folder && taken) return false;
  if (error != 0) fail("cannot write {}: {}", name_, errno_text(error));
  if (path_ == root_) root_.clear();
  sync_folder(target_);
  return true;
}

void Staging::replace() {
  while (!publish()) {
    // The old target gets the staged name and is removed with this object.
    const int error = rename_to_target(RENAME_EXCHANGE);
    if (error == 0) return sync_folder(target_);
    if (error == ENOENT) continue;  // another process removed it meanwhile
    if (error != EINVAL && error != ENOSYS && error != EXDEV) {
      fail("cannot write {}: {}", name_, errno_text(error));
    }
    // This filesystem cannot swap two names. Until the new target is in place, the old one has a
    // name that nobody cleans up.
    const fs::path old = new_name(target_).string() + ".old";
    std::error_code moved;
    fs::rename(target_, old, moved);
    if (moved) fail("cannot write {}: {}", name_, moved.message());
    const bool stands = publish();
    std::error_code ignored;
    if (stands) {
      fs::remove_all(old, ignored);
      return;
    }
    fs::rename(old, target_, ignored);
  }
}

void remove_stale_staging(const fs::path& folder, bool is_ours) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (is_staging_name(entry->path().filename().string())) {
      remove_if_stale(entry->path(), is_ours);
    }
  }
}

}  // namespace seqrl

// The owner of a run's folder, in files that other machines can read.
#pragma once

#include <sys/stat.h>

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "configs/base/error.h"

namespace seqrl {

// The run in the folder belongs to another process, which trains it, has begun it, or has taken it
// over.
class RunTaken : public Error {
 public:
  using Error::Error;
};

// Another process is training the run.
class RunLocked : public RunTaken {
 public:
  // `owner`: "process 12 on node3", or "" if unknown.
  RunLocked(const std::filesystem::path& folder, const std::string& owner);
};

// The files RUN/lock.1, RUN/lock.2, … of a run's folder. The file with the highest number is valid.
// It names the owner of the folder: host and process. Its modification time is the owner's last
// sign of life, renewed several times a minute. Processes of other machines read all of it.
class OwnerFiles {
 public:
  // `folder` is open, and must stay open.
  explicit OwnerFiles(int folder) : folder_(folder) {}

  struct Owner {
    std::int64_t number = 0;
    std::string text;  // of the file
    struct stat status {};
    std::string name() const;  // "process 12 on node3"; "" if the text has no such name
  };
  // Nothing if there is none.
  std::optional<Owner> last() const;
  std::vector<std::int64_t> numbers() const;  // ascending
  // Nothing if it cannot be read; errno then holds the reason.
  std::optional<Owner> read(std::int64_t number) const;

  // Whether an owner still trains the run: a process of this machine that has not ended, or one of
  // another that has given a sign of life within the time that its file states. `lock` is a file in
  // the folder, open for writing. `is_locked`: no other process of this machine trains the run.
  bool lives(const Owner& owner, int lock, bool is_locked) const;

  static std::string name_of(std::int64_t number);

 private:
  bool gives_signs(const Owner& owner, int lock, double timeout) const;
  int folder_;
};

// Owns a run's folder while it lives. It is for file systems without locks (flock), or with locks
// that work only within one machine. The successor of a lost owner creates the file with the next
// number, which only one process can do, and deletes the earlier ones.
class RunOwner {
 public:
  // RunLocked when another process owns it; an Error of kind failure if the file cannot be written.
  // For `lock` and `is_locked` see OwnerFiles::lives(); `path` is the folder's, for messages.
  RunOwner(const std::filesystem::path& path, int folder, int lock, bool is_locked);
  RunOwner(const RunOwner&) = delete;
  RunOwner& operator=(const RunOwner&) = delete;
  ~RunOwner();  // deletes its file

  // Whether no other process has taken over.
  bool is_in_place() const;
  double timeout() const { return timeout_; }

 private:
  bool take(const std::filesystem::path& path, int lock, bool is_locked);
  void give_signs();
  void give_up();

  OwnerFiles files_;
  int folder_, file_ = -1;
  std::int64_t number_ = 0;
  double timeout_;  // seconds
  std::mutex mutex_;
  std::condition_variable end_;
  bool ends_ = false;  // guarded by the mutex
  std::thread signs_;
};

// The process that trains the run in a folder, according to its files: "process 12 on node3", or
// "another process". Nothing if there is none. Takes no lock.
std::optional<std::string> owner_of_run(const std::filesystem::path& folder);

}  // namespace seqrl

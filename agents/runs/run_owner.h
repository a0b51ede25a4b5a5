// The owner of a run's folder, in files that other machines read.
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

// The run in the folder is another process's: that trains it, has begun it, or has taken it over.
class RunTaken : public Error {
 public:
  using Error::Error;
};

// Another process trains the run, now.
class RunLocked : public RunTaken {
 public:
  // `owner`: "process 12 on node3", or "" where that is not known.
  RunLocked(const std::filesystem::path& folder, const std::string& owner);
};

// The files RUN/lock.1, RUN/lock.2, … of a run's folder. The highest number counts, and says who
// owns the folder: host, process, and by its time of modification when the owner gave its last sign
// of life, several times a minute. All of it is read by processes of other machines.
class OwnerFiles {
 public:
  // `folder` is open, and stays so.
  explicit OwnerFiles(int folder) : folder_(folder) {}

  struct Owner {
    std::int64_t number = 0;
    std::string text;  // of the file
    struct stat status {};
    std::string name() const;  // "process 12 on node3"; "" where the text does not say so
  };
  // Nothing where there is none.
  std::optional<Owner> last() const;
  std::vector<std::int64_t> numbers() const;  // ascending
  // Nothing where it cannot be read, and errno says why.
  std::optional<Owner> read(std::int64_t number) const;

  // Whether an owner still trains the run: a process of this machine that has not ended, or one of
  // another that has given a sign of life for as long as its file says. `lock` is a file in the
  // folder, open for writing. `is_locked`: no other process of this machine trains the run.
  bool lives(const Owner& owner, int lock, bool is_locked) const;

  static std::string name_of(std::int64_t number);

 private:
  bool gives_signs(const Owner& owner, int lock, double timeout) const;
  int folder_;
};

// Owns a run's folder while it lives. That is for file systems whose locks (flock) keep processes
// of one machine apart, but not machines, or which have none. Who follows a lost owner makes the
// file of the next number, which only one can, and deletes those before.
class RunOwner {
 public:
  // RunLocked when another process owns it; an Error of kind failure where the file cannot be
  // written. For `lock` and `is_locked` see OwnerFiles::lives(); `path` is the folder's, for
  // messages.
  RunOwner(const std::filesystem::path& path, int folder, int lock, bool is_locked);
  RunOwner(const RunOwner&) = delete;
  RunOwner& operator=(const RunOwner&) = delete;
  ~RunOwner();  // deletes its file

  // Whether nobody has followed it.
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
  bool ends_ = false;  // of the mutex
  std::thread signs_;
};

// Who trains the run in a folder, as far as its files tell: "process 12 on node3", or "another
// process". Nothing where nobody does. Takes no lock.
std::optional<std::string> owner_of_run(const std::filesystem::path& folder);

}  // namespace seqrl

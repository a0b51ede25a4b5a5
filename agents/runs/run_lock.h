// The lock of a run's folder.
#pragma once

#include <filesystem>
#include <memory>

#include "agents/runs/run_owner.h"

namespace seqrl {

// Keeps two processes from working on one run: held while it lives. It is a lock (flock) on the
// file RUN/lock, which is made where it is missing and never replaced, for processes of this
// machine, and a RunOwner's file for those of others.
class RunLock {
 public:
  // RunLocked when another process holds it; an Error of kind failure, with the reason, where the
  // folder is not there or not to be written to; of kind user where RUN/lock is a link or no file.
  explicit RunLock(const std::filesystem::path& folder);
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock();

  // An Error of kind failure once the folder was moved, or it or the lock in it deleted, or another
  // machine has taken this process for lost (RunTaken): what is written by path from then on would
  // be lost, or spoil another process's run.
  void require_in_place() const;

  // Deletes RUN/lock if it was made by this lock, which is held until the end all the same, and the
  // owner's file.
  void remove_if_made();

 private:
  bool take();             // false when the file was deleted meanwhile
  bool lock_file() const;  // false where the file system has no locks
  void close();

  std::filesystem::path folder_;
  int directory_ = -1, file_ = -1;
  bool made_ = false;
  std::unique_ptr<RunOwner> owner_;
};

}  // namespace seqrl

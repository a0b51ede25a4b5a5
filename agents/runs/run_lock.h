// The lock of a run's folder.
#pragma once

#include <filesystem>
#include <memory>

#include "agents/runs/run_owner.h"

namespace seqrl {

// Keeps two processes from working on one run, for as long as it lives. It is a lock (flock) on the
// file RUN/lock, which is created if missing and never replaced, for processes of this machine, and
// a RunOwner's file for those of other machines.
class RunLock {
 public:
  // RunLocked when another process holds it. An Error of kind failure, with the reason, if the
  // folder does not exist or is not writable. An Error of kind user if RUN/lock is a link or not a
  // file.
  explicit RunLock(const std::filesystem::path& folder);
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  ~RunLock();

  // An Error of kind failure if the folder was moved, or it or the lock in it deleted, or another
  // machine considers this process lost (RunTaken): any later write by path would be lost, or
  // damage another process's run.
  void require_in_place() const;

  // Deletes RUN/lock if this object created it, and the owner's file. The lock itself is held until
  // the end.
  void remove_if_made();

 private:
  bool take();             // false when the file was deleted meanwhile
  bool lock_file() const;  // false if the file system has no locks
  void close();

  std::filesystem::path folder_;
  int directory_ = -1, file_ = -1;
  bool made_ = false, locked_ = false;
  std::unique_ptr<RunOwner> owner_;
};

}  // namespace seqrl

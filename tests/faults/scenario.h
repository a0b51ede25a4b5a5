// Commands in which every file operation is made to fail.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/faults/fault_state.h"
#include "tests/faults/folder_contents.h"
#include "tests/temporary_folder.h"

// A seqrl command in a folder created by `prepare`, and the user's actions after a failure: the
// first of `again` that exits with 0.
struct Scenario {
  std::string name;
  std::vector<std::string> prepare;
  std::string command;
  std::vector<std::string> again;
};

const std::vector<Scenario>& scenarios();

// How one command ended.
struct Ended {
  int status = 0;  // its exit status, or 128 + the signal that ended it
  std::string out, err;
  FaultState fault{};  // from the preload library
};

// A scenario in its own folder. The reference is the result of its command without failures.
class Stage {
 public:
  explicit Stage(const Scenario& scenario);

  long operations() const { return operations_; }  // of the command
  double seconds() const { return seconds_; }      // its duration

  // Restores the folder to the state after `prepare`.
  void reset() const;

  // Runs the command with the n-th operation failed or killed as `kind` says (inject.c).
  Ended run_with_fault(const std::string& kind, long n) const;

  // Runs `arguments` and kills the process after `seconds`; whether it was still running.
  bool kill_after(const std::string& arguments, double seconds) const;

  // Does the user's next action. Returns "" if the folder then equals the reference, or else the
  // fault.
  std::string recover() const;

  // How the folder differs from the reference now.
  std::string difference_now() const;

 private:
  Ended run(const std::string& arguments, const std::string& environment) const;

  const Scenario& scenario_;
  TemporaryFolder folder_;
  std::filesystem::path work_, prepared_, state_;
  long operations_ = 0;
  double seconds_ = 0;
  FolderContents reference_;
};

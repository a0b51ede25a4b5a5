// The start of a run in a folder: whole, or not at all.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agents/runs/run_lock.h"

namespace seqrl {

// Whether there is a run in a folder.
bool holds_run(const std::filesystem::path& folder);

// Whether there is the start of one, killed before its first checkpoint was whole: no run, and
// nothing that is worth keeping.
bool holds_broken_start(const std::filesystem::path& folder);
// Its config, with which it can be started again.
std::filesystem::path broken_start_config(const std::filesystem::path& folder);

// The config of the run in a folder, or with `starting` of the one that is being started there.
std::optional<std::string> config_in(const std::filesystem::path& folder, bool starting);

// Deletes what a start that was killed at its very end left beside the run.
void remove_part(const std::filesystem::path& folder);

// The start of a run. The folder is locked, then its config stands in config.yaml.part, then all
// that a run begins with may be written there; config.yaml is the last, by commit(). If it does not
// come to that, all that was made is deleted: here, or where it was killed, by the next start.
// Files of anybody else stay as they are.
class RunStart {
 public:
  // Makes the folder where it is missing. RunLocked where another process is at it, RunTaken where
  // a run is in it, which `resume` goes on with; an Error of kind user where there are files that a
  // run would overwrite.
  RunStart(std::filesystem::path folder, std::string config, const std::string& resume);
  RunStart(const RunStart&) = delete;
  RunStart& operator=(const RunStart&) = delete;
  ~RunStart();

  // What commit() writes as config.yaml, where more follows from the data.
  void set_config(std::string config) { config_ = std::move(config); }
  std::unique_ptr<RunLock> commit();

 private:
  void begin(const std::string& resume);
  void undo();

  std::filesystem::path folder_;
  std::string config_;
  std::vector<std::filesystem::path> made_folders_;  // the innermost first
  std::unique_ptr<RunLock> lock_;
  bool begun_ = false;
};

}  // namespace seqrl

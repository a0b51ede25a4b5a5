// The start of a run in a folder: completely, or not at all.
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

// Rejects a path that is no folder with a run to resume; names the run of a file in one.
void require_run(const std::filesystem::path& path);

// Whether there is an incomplete start, killed before its first checkpoint was complete: not a run,
// and nothing worth keeping.
bool holds_broken_start(const std::filesystem::path& folder);
// Its config, with which it can be restarted.
std::filesystem::path broken_start_config(const std::filesystem::path& folder);

// The config of the run in a folder, or with `starting` of the one being started there.
std::optional<std::string> config_in(const std::filesystem::path& folder, bool starting);

// Deletes leftovers, beside the run, of a start that was killed at its very end.
void remove_part(const std::filesystem::path& folder);

// The start of a run. First the folder is locked. Then the config is written to config.yaml.part,
// after which the run's initial files may be written; commit() writes config.yaml last. Without
// commit(), everything created is deleted: here, or after a kill, by the next start. Other files
// stay as they are.
class RunStart {
 public:
  // Creates the folder if missing. RunLocked if another process uses it, RunTaken if it holds a
  // run, which `resume` continues; an Error of kind user if it holds files that a run would
  // overwrite.
  RunStart(std::filesystem::path folder, std::string config, const std::string& resume);
  RunStart(const RunStart&) = delete;
  RunStart& operator=(const RunStart&) = delete;
  ~RunStart();

  // The text that commit() writes as config.yaml, once the data has determined the rest.
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

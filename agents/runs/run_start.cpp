#include "agents/runs/run_start.h"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "agents/config/run_files.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/shell.h"
#include "models/training/tensorboard.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

// The config of a run that is being started, which becomes config.yaml when it begins.
fs::path part_of(const fs::path& folder) {
  return folder / "config.yaml.part";
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() > fs::file_type::not_found;
}

// The files in a folder, if it is one, whose names satisfy `belongs`.
template <class Belongs>
std::vector<fs::path> files_in(const fs::path& folder, const Belongs& belongs) {
  std::vector<fs::path> files;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (belongs(entry.path().filename().string())) files.push_back(entry.path());
  }
  return files;
}

bool is_checkpoint(const std::string& name) {
  return name.ends_with(".safetensors");
}

// Whether there is anything that no start leaves: a line of metrics, an evaluation.
bool has_trained(const RunFiles& run) {
  std::error_code missing;
  const auto log = fs::file_size(run.metrics(), missing);
  return (!missing && log > 0) || is_there(run.evaluation());
}

// The initial files of a run, its config last.
std::vector<fs::path> first_files(const RunFiles& run) {
  std::vector<fs::path> files = files_in(run.checkpoints(), is_checkpoint);
  const auto is_log = [](const std::string& name) { return name.starts_with(kEventFilePrefix); };
  const auto events = files_in(run.folder(), is_log);
  files.insert(files.end(), events.begin(), events.end());
  for (const fs::path& file :
       {run.replay(), run.metrics(), run.timing(), run.evaluation(), run.config()}) {
    if (is_there(file)) files.push_back(file);
  }
  return files;
}

}  // namespace

bool holds_broken_start(const fs::path& folder) {
  const RunFiles run(folder);
  if (has_trained(run)) return false;
  const bool has_config = is_there(run.config());
  if (is_there(part_of(folder))) return !has_config || !is_there(run.last());
  // From a version that wrote config.yaml first, after creating the folder for checkpoints.
  return has_config && is_there(run.checkpoints()) &&
         files_in(run.checkpoints(), is_checkpoint).empty();
}

fs::path broken_start_config(const fs::path& folder) {
  const fs::path part = part_of(folder);
  return is_there(part) ? part : RunFiles(folder).config();
}

bool holds_run(const fs::path& folder) {
  return is_there(RunFiles(folder).config()) && !holds_broken_start(folder);
}

void require_run(const fs::path& path) {
  std::error_code ignored;
  SEQRL_REQUIRE(fs::exists(path, ignored), "{}: no such run folder", path.string());
  if (!fs::is_directory(path, ignored)) {
    fs::path run = path.parent_path();
    if (!holds_run(run)) run = run.parent_path();
    reject("{}: a file, not a run's folder{}", path.string(),
           holds_run(run) ? "; the run is " + run.string() : "");
  }
  SEQRL_REQUIRE(!holds_broken_start(path),
                "{}: its start was interrupted before the first checkpoint; start it again as "
                "before, or with seqrl train {}",
                path.string(), shell_quoted(broken_start_config(path).string()));
  SEQRL_REQUIRE(holds_run(path), "{}: not a run's folder: it has no config.yaml", path.string());
}

void remove_part(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(part_of(folder), ignored);
}

std::optional<std::string> config_in(const fs::path& folder, bool starting) {
  if (holds_run(folder)) return read_file(RunFiles(folder).config());
  const fs::path part = part_of(folder);
  if (starting && is_there(part)) return read_file(part);
  return std::nullopt;
}

RunStart::RunStart(fs::path folder, std::string config, const std::string& resume)
    : folder_(std::move(folder)), config_(std::move(config)) {
  for (fs::path at = folder_; !at.empty() && !is_there(at); at = at.parent_path()) {
    made_folders_.push_back(at);
  }
  make_folder(folder_);
  try {
    begin(resume);
  } catch (...) {
    undo();
    throw;
  }
}

void RunStart::begin(const std::string& resume) {
  lock_ = std::make_unique<RunLock>(folder_);
  if (holds_run(folder_)) {
    throw RunTaken(
        ErrorKind::user,
        fmt::format(
            "{}: contains a run already; resume it with {}, or choose another folder with output=…",
            folder_.string(), resume));
  }
  const std::vector<fs::path> files = first_files(RunFiles(folder_));
  SEQRL_REQUIRE(files.empty() || holds_broken_start(folder_),
                "{}: exists already, and a run would overwrite it; choose another folder with "
                "output=…, or move it away",
                files.front().string());
  begun_ = true;
  write_file_atomically(part_of(folder_), config_);  // before the old files are deleted
  for (const fs::path& file : files) fs::remove(file);
  const fs::path checkpoints = RunFiles(folder_).checkpoints();
  if (!is_there(checkpoints)) made_folders_.insert(made_folders_.begin(), checkpoints);
  make_folder(checkpoints);
}

void RunStart::undo() {
  if (begun_) {
    std::error_code ignored;
    for (const fs::path& file : first_files(RunFiles(folder_))) fs::remove(file, ignored);
    remove_part(folder_);
  }
  if (lock_) lock_->remove_if_made();
  for (const fs::path& made : made_folders_) ::rmdir(made.c_str());  // unless it contains more
  lock_.reset();
}

RunStart::~RunStart() {
  if (lock_) undo();
}

std::unique_ptr<RunLock> RunStart::commit() {
  write_file_atomically(RunFiles(folder_).config(), config_);
  remove_part(folder_);
  return std::move(lock_);
}

}  // namespace seqrl

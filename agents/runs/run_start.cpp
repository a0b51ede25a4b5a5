#include "agents/runs/run_start.h"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "configs/base/files.h"
#include "models/training/tensorboard.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = "config.yaml";
constexpr const char* kPart = "config.yaml.part";

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored).type() > fs::file_type::not_found;
}

// The files in a folder, if it is one, whose names `belongs` finds.
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

// What no start leaves: a line of metrics, an evaluation.
bool has_trained(const fs::path& folder) {
  std::error_code missing;
  const auto log = fs::file_size(folder / "metrics.jsonl", missing);
  return (!missing && log > 0) || is_there(folder / "eval.json");
}

// The files that a run begins with, its config the last.
std::vector<fs::path> first_files(const fs::path& folder) {
  std::vector<fs::path> files = files_in(folder / "checkpoints", is_checkpoint);
  const auto is_log = [](const std::string& name) { return name.starts_with(kEventFilePrefix); };
  const auto events = files_in(folder, is_log);
  files.insert(files.end(), events.begin(), events.end());
  for (const char* name : {"replay.bin", "metrics.jsonl", "timing.jsonl", "eval.json", kConfig}) {
    if (is_there(folder / name)) files.push_back(folder / name);
  }
  return files;
}

}  // namespace

bool holds_broken_start(const fs::path& folder) {
  if (has_trained(folder)) return false;
  const fs::path checkpoints = folder / "checkpoints";
  const bool has_config = is_there(folder / kConfig);
  if (is_there(folder / kPart)) return !has_config || !is_there(checkpoints / "last.safetensors");
  // Of a version that wrote config.yaml first, after it had made the folder for checkpoints.
  return has_config && is_there(checkpoints) && files_in(checkpoints, is_checkpoint).empty();
}

fs::path broken_start_config(const fs::path& folder) {
  return folder / (is_there(folder / kPart) ? kPart : kConfig);
}

bool holds_run(const fs::path& folder) {
  return is_there(folder / kConfig) && !holds_broken_start(folder);
}

void remove_part(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(folder / kPart, ignored);
}

std::optional<std::string> config_in(const fs::path& folder, bool starting) {
  if (holds_run(folder)) return read_file(folder / kConfig);
  if (starting && is_there(folder / kPart)) return read_file(folder / kPart);
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
  SEQRL_REQUIRE(!holds_run(folder_),
                "{}: there is a run in it already; go on with {}, or choose another folder with "
                "output=…",
                folder_.string(), resume);
  const std::vector<fs::path> files = first_files(folder_);
  SEQRL_REQUIRE(files.empty() || holds_broken_start(folder_),
                "{}: it is there already, and a run would overwrite it; choose another folder with "
                "output=…, or move it away",
                files.front().string());
  begun_ = true;
  write_file_atomically(folder_ / kPart, config_);  // before what it stands for is deleted
  for (const fs::path& file : files) fs::remove(file);
  const fs::path checkpoints = folder_ / "checkpoints";
  if (!is_there(checkpoints)) made_folders_.insert(made_folders_.begin(), checkpoints);
  make_folder(checkpoints);
}

void RunStart::undo() {
  if (begun_) {
    std::error_code ignored;
    for (const fs::path& file : first_files(folder_)) fs::remove(file, ignored);
    remove_part(folder_);
  }
  if (lock_) lock_->remove_if_made();
  for (const fs::path& made : made_folders_) ::rmdir(made.c_str());  // unless there is more in it
  lock_.reset();
}

RunStart::~RunStart() {
  if (lock_) undo();
}

std::unique_ptr<RunLock> RunStart::commit() {
  write_file_atomically(folder_ / kConfig, config_);
  remove_part(folder_);
  return std::move(lock_);
}

}  // namespace seqrl

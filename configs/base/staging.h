// A staging file or folder is built next to its target and takes the target's name when complete.
#pragma once

#include <filesystem>
#include <string>

namespace seqrl {

// A new file or folder next to `target` that holds its future content. Its name is
// .NAME.seqrl-XXXXXXXXXXXXXXXX.tmp, where X are unpredictable hexadecimal digits. Nothing is
// written through existing files or links. It is locked (flock) while this object lives, and
// removed with it unless it was published. If a killed process leaves one behind, nobody holds its
// lock, and the next process that stages something in the same folder removes it (see
// remove_stale_staging()). For a folder, missing parents are created.
//
// All errors are Errors of kind failure that name the target.
class Staging {
 public:
  enum class Kind { file, folder };

  Staging(std::filesystem::path target, Kind kind);
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;
  ~Staging();

  const std::filesystem::path& path() const { return path_; }
  int descriptor() const { return descriptor_; }  // open for writing, if it is a file

  // Syncs it to the disk and renames it to the target atomically. A file replaces a file or link. A
  // folder replaces an empty folder; returns false if there is anything else.
  bool publish();
  // Like publish(), but replaces a folder with any content, and removes the old folder.
  void replace();

 private:
  void sync(int descriptor) const;
  void sync_folder(const std::filesystem::path& path) const;  // the parent of `path`
  int rename_to_target(unsigned flags) const;                 // 0, or errno
  bool publish_with_folders_above();
  void remove();

  std::filesystem::path target_, path_;
  std::filesystem::path root_, root_target_;  // path_ and target_, or the topmost folder to create
  std::string name_;                          // the target, as it was given
  Kind kind_;
  int descriptor_ = -1;
};

// Removes the staging files and folders that killed processes left in a folder. On a file system
// shared by several machines, locks may not reach all of them. There it removes only those not
// written to for a day, or all if `is_ours`: no process on another machine stages there.
void remove_stale_staging(const std::filesystem::path& folder, bool is_ours = false);

}  // namespace seqrl

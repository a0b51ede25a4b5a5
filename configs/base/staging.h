// A staging file or folder is put together beside its target and takes its name when it is whole.
#pragma once

#include <filesystem>
#include <string>

namespace seqrl {

// A new file or folder beside `target`, for its content to come: .NAME.seqrl-XXXXXXXXXXXXXXXX.tmp,
// X being hexadecimal digits that nobody can guess. Nothing is written through what is there
// already, a link least of all. It is locked (flock) while this lives and removed with it, unless
// it was published. One that a killed process left, which nobody holds a lock on, is removed by the
// next process that stages something in the same folder (see remove_stale_staging()). Folders above
// that of a folder are made.
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
  int descriptor() const { return descriptor_; }  // open for writing, where it is a file

  // Syncs it to the disk and gives it the target's name, all in one step. A file takes the place of
  // a file or link. A folder takes that of an empty folder; false when there is something else.
  bool publish();
  // As publish(), but takes the place of a folder whatever is in it, which is then removed.
  void replace();

 private:
  void sync(int descriptor) const;
  void sync_folder(const std::filesystem::path& path) const;  // the one that holds `path`
  int rename_to_target(unsigned flags) const;                 // 0, or errno
  bool publish_with_folders_above();
  void remove();

  std::filesystem::path target_, path_;
  std::filesystem::path root_, root_target_;  // path_ and target_, or the topmost folder to be made
  std::string name_;                          // the target, as it was given
  Kind kind_;
  int descriptor_ = -1;
};

// Removes what killed processes left in a folder while they staged something there. On a file
// system that machines share, whose locks may not reach all of them, that is what was not written
// to for a day; or all, where `is_ours` says that no process of another machine stages there.
void remove_stale_staging(const std::filesystem::path& folder, bool is_ours = false);

}  // namespace seqrl

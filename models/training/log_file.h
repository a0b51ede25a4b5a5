// A log file that a resumed run truncates to its length at the checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "configs/base/files.h"

namespace seqrl {

// A file that is appended to. Text that was written survives a kill; errors are those of
// OutputFile.
class LogFile {
 public:
  // Goes on after the first `bytes` of the file and drops what follows them. Where there are not
  // that many it begins anew.
  LogFile(const std::filesystem::path& path, std::int64_t bytes);

  void write(std::string_view text);
  void sync() { file_.sync(); }
  std::int64_t bytes() const { return bytes_; }

 private:
  OutputFile file_;
  std::int64_t bytes_;
};

}  // namespace seqrl

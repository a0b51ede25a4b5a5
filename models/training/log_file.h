// A log file that a resumed run truncates to its length at the checkpoint.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "configs/base/files.h"

namespace seqrl {

// An append-only file. Written text survives a kill; errors are those of OutputFile.
class LogFile {
 public:
  // Continues after the first `bytes` of the file and drops the rest. If the file is shorter, it
  // starts an empty file.
  LogFile(const std::filesystem::path& path, std::int64_t bytes);

  void write(std::string_view text);
  void sync() { file_.sync(); }
  std::int64_t bytes() const { return bytes_; }

 private:
  OutputFile file_;
  std::int64_t bytes_;
};

}  // namespace seqrl

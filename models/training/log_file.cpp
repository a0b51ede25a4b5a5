#include "models/training/log_file.h"

#include "configs/base/error.h"

namespace seqrl {

LogFile::LogFile(const std::filesystem::path& path, std::int64_t bytes)
    : file_(path, OutputFile::Mode::append), bytes_(bytes) {
  std::error_code error;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path, error));
  if (error) fail("cannot read {}: {}", path.string(), error.message());
  if (bytes_ < 0 || bytes_ > size) bytes_ = 0;
  if (bytes_ == size) return;
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(bytes_), error);
  if (error) fail("cannot write {}: {}", path.string(), error.message());
}

void LogFile::write(std::string_view text) {
  file_.write(text);
  bytes_ += static_cast<std::int64_t>(text.size());
}

}  // namespace seqrl

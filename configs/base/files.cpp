#include "configs/base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "configs/base/error.h"

namespace seqrl {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

void sync_to_disk(const std::filesystem::path& path, int flags) {
  const int file = ::open(path.c_str(), flags);
  if (file < 0) fail("cannot open {}: {}", path.string(), reason(errno));
  const int error = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  if (error != 0 && error != EINVAL) fail("cannot write {}: {}", path.string(), reason(error));
}

}  // namespace

void write_file_atomically(
    const std::filesystem::path& path,
    const std::function<void(const std::filesystem::path& temporary)>& write) {
  std::filesystem::path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  try {
    write(temporary);
    sync_to_disk(temporary, O_RDWR);
    std::error_code error;
    std::filesystem::rename(temporary, path, error);
    if (error) fail("cannot write {}: {}", path.string(), error.message());
    sync_to_disk(path.has_parent_path() ? path.parent_path() : ".", O_RDONLY | O_DIRECTORY);
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw;
  }
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  write_file_atomically(path, [&](const std::filesystem::path& temporary) {
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) fail("cannot write {}: {}", path.string(), reason(errno));
    std::size_t written = 0;
    int error = 0;
    while (written < content.size() && error == 0) {
      const ssize_t n = ::write(file, content.data() + written, content.size() - written);
      if (n >= 0) written += static_cast<std::size_t>(n);
      if (n < 0 && errno != EINTR) error = errno;
    }
    if (::close(file) != 0 && error == 0) error = errno;
    if (error != 0) fail("cannot write {}: {}", path.string(), reason(error));
  });
}

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) reject("cannot read {}: {}", path.string(), error.message());
  if (size > max_bytes) {
    reject("cannot read {}: {} bytes, at most {} expected", path.string(), size, max_bytes);
  }
  std::string content(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(content.data(), static_cast<std::streamsize>(size))) {
    reject("cannot read {}: {}", path.string(), reason(errno));
  }
  return content;
}

}  // namespace seqrl

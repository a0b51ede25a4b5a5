#include "configs/base/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "configs/base/error.h"

namespace seqrl {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

void sync_to_disk(const std::filesystem::path& path, int flags) {
  const int file = ::open(path.c_str(), flags);
  if (file < 0) fail("cannot open {}: {}", path.string(), reason(errno));
  const int error = ::fsync(file) == 0 ? 0 : errno;
  ::close(file);
  if (error != 0 && error != EINVAL) fail("cannot write {}: {}", path.string(), reason(error));
}

int open_flags(OutputFile::Mode mode) {
  switch (mode) {
    case OutputFile::Mode::replace:
      return O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC;
    case OutputFile::Mode::append:
      return O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND;
    case OutputFile::Mode::create:
      return O_WRONLY | O_CREAT | O_CLOEXEC | O_EXCL;
  }
  SEQRL_CHECK(false);
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, Mode mode, std::string name)
    : name_(name.empty() ? path.string() : std::move(name)) {
  file_ = ::open(path.c_str(), open_flags(mode), 0666);
  if (file_ < 0) fail("cannot write {}: {}", name_, reason(errno));
}

OutputFile::~OutputFile() {
  if (file_ >= 0) ::close(file_);
}

void OutputFile::write(std::string_view bytes) {
  SEQRL_CHECK(file_ >= 0);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write {}: {}", name_, reason(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputFile::sync() {
  SEQRL_CHECK(file_ >= 0);
  // EINVAL: a pipe or a device, which has nothing to sync.
  if (::fsync(file_) != 0 && errno != EINVAL) fail("cannot write {}: {}", name_, reason(errno));
}

void OutputFile::close() {
  SEQRL_CHECK(file_ >= 0);
  const int file = std::exchange(file_, -1);
  if (::close(file) != 0) fail("cannot write {}: {}", name_, reason(errno));
}

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

void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(OutputFile& file)>& write) {
  write_file_atomically(path, [&](const std::filesystem::path& temporary) {
    OutputFile file(temporary, OutputFile::Mode::replace, path.string());
    write(file);
    file.close();
  });
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  write_file_atomically(path, [&](OutputFile& file) { file.write(content); });
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) fail("cannot make the folder {}: {}", path.string(), error.message());
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

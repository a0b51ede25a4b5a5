#include "configs/base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

#include "configs/base/errno_text.h"
#include "configs/base/error.h"
#include "configs/base/regular_file.h"
#include "configs/base/staging.h"

namespace seqrl {
namespace {

int open_flags(OutputFile::Mode mode) {
  switch (mode) {
    case OutputFile::Mode::replace:
      return O_TRUNC;
    case OutputFile::Mode::append:
      return O_APPEND;
    case OutputFile::Mode::create:
      return O_EXCL;
  }
  fail_internal_check("mode", __FILE__, __LINE__);
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path, Mode mode) : name_(path.string()) {
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    reject("{}: is {}, which is not written through; remove it", name_,
           S_ISLNK(there.st_mode) ? "a symbolic link" : "not a regular file");
  }
  // The path may have changed since: a link is an error, and a FIFO does not wait for its reader.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  file_ = ::open(path.c_str(), kFlags | open_flags(mode), 0666);
  if (file_ < 0) fail("cannot write {}: {}", name_, errno_text(errno));
}

OutputFile::~OutputFile() {
  if (file_ >= 0) ::close(file_);
}

void OutputFile::write(std::string_view bytes) {
  SEQRL_CHECK(file_ >= 0);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("cannot write {}: {}", name_, errno_text(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void OutputFile::sync() {
  SEQRL_CHECK(file_ >= 0);
  // EINVAL: this filesystem does not support fsync here.
  if (::fsync(file_) != 0 && errno != EINVAL) fail("cannot write {}: {}", name_, errno_text(errno));
}

void OutputFile::close() {
  SEQRL_CHECK(file_ >= 0);
  const int file = std::exchange(file_, -1);
  if (::close(file) != 0) fail("cannot write {}: {}", name_, errno_text(errno));
}

void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(OutputFile& file)>& write) {
  Staging staging(path, Staging::Kind::file);
  const int descriptor = ::fcntl(staging.descriptor(), F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) fail("cannot write {}: {}", path.string(), errno_text(errno));
  OutputFile file(descriptor, path.string());
  write(file);
  file.close();
  staging.publish();
}

void write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  write_file_atomically(path, [&](OutputFile& file) { file.write(content); });
}

void make_folder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) fail("cannot create the folder {}: {}", path.string(), error.message());
}

std::string read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  require_regular_file(path);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) reject("cannot read {}: {}", path.string(), error.message());
  if (size > max_bytes) {
    reject("cannot read {}: {} bytes, at most {} expected", path.string(), size, max_bytes);
  }
  std::string content(size, '\0');
  std::ifstream file(path, std::ios::binary);
  if (!file.read(content.data(), static_cast<std::streamsize>(size))) {
    reject("cannot read {}: {}", path.string(), errno_text(errno));
  }
  return content;
}

}  // namespace seqrl

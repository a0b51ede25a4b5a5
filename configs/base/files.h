// Reading and writing of files that are either whole or not there.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace seqrl {

// A file open for writing. Every write is checked, and nothing is held back in this process: what
// write() took survives a kill, what sync() has seen survives a power failure. It is a regular file
// and no symbolic link: that is an Error of kind `user`, as it may lead to anything. All other
// errors are of kind `failure`; all name the file and the reason.
class OutputFile {
 public:
  enum class Mode {
    replace,  // starts empty, whatever was there
    append,   // continues at the end, or starts a new file
    create,   // an error when the file exists
  };

  OutputFile(const std::filesystem::path& path, Mode mode);
  // Takes over an open file; `name` is what messages call it.
  OutputFile(int file, std::string name) : name_(std::move(name)), file_(file) {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  void write(std::string_view bytes);
  void sync();   // to the disk (fsync)
  void close();  // as the destructor, but says so when the last bytes did not arrive

 private:
  std::string name_;
  int file_ = -1;
};

// Writes `path` through a temporary file beside it (configs/base/staging.h), which `write` fills
// and which is then fsynced and renamed. On any error the old file stays as it was, the temporary
// one is removed, and an Error naming the path and the reason is thrown.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(OutputFile& file)>& write);
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

// Makes a folder, and those above it that are missing; an Error of kind failure when it cannot.
void make_folder(const std::filesystem::path& path);

// The whole file; an Error naming it when it cannot be read or is larger than `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes = 1u << 30);

}  // namespace seqrl

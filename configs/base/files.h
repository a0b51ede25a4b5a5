// Reads and writes files. A file is either complete or absent.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace seqrl {

// A file open for writing. Every write is checked, and nothing is buffered in this process: data
// passed to write() survives a kill, and data written before sync() survives a power failure. The
// path must be a regular file. A symbolic link is an Error of kind `user`, because it may lead
// anywhere. All other errors are of kind `failure`; all name the file and the reason.
class OutputFile {
 public:
  enum class Mode {
    replace,  // starts empty, even if the file exists
    append,   // continues at the end, or starts a new file
    create,   // an error when the file exists
  };

  OutputFile(const std::filesystem::path& path, Mode mode);
  // Takes ownership of an open file; messages call it `name`.
  OutputFile(int file, std::string name) : name_(std::move(name)), file_(file) {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  void write(std::string_view bytes);
  void sync();   // to the disk (fsync)
  void close();  // like the destructor, but throws if the last bytes were not written

 private:
  std::string name_;
  int file_ = -1;
};

// Writes `path` through a temporary file next to it (configs/base/staging.h): `write` fills the
// temporary file, which is then fsynced and renamed. On any error the old file stays unchanged, the
// temporary file is removed, and an Error naming the path and the reason is thrown.
void write_file_atomically(const std::filesystem::path& path,
                           const std::function<void(OutputFile& file)>& write);
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

// Creates a folder and its missing parents. Throws an Error of kind failure if it cannot.
void make_folder(const std::filesystem::path& path);

// Returns the whole file. Throws an Error naming it if it cannot be read or exceeds `max_bytes`.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes = 1u << 30);

}  // namespace seqrl

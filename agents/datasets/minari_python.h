// What a user's Python, in which Minari is installed, does for us: convert and download datasets.
#pragma once

#include <filesystem>
#include <string>

namespace seqrl {

// A folder of its own for files that are not needed any longer than this object lives.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Has `python` read the Minari dataset in `data_folder`, of whatever format, and write its episodes
// to `file` in HDF5, a group each. An Error of kind user with Python's last line where it does not,
// which says what it lacks.
void convert_minari(const std::filesystem::path& data_folder, const std::filesystem::path& file,
                    const std::string& python);

// Has `python` fetch a dataset from Minari's remote to where identifiers are looked up. Errors as
// above.
void download_minari(const std::string& id, const std::string& python);

}  // namespace seqrl

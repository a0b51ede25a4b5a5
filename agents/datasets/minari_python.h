// Conversion and download of datasets by a user's Python with Minari installed.
#pragma once

#include <filesystem>
#include <string>

namespace seqrl {

// A temporary folder that is deleted with this object.
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

// Makes `python` read the Minari dataset in `data_folder`, in any format, and write its episodes to
// `file` in HDF5, one group each. On failure, an Error of kind user with Python's last line, which
// says what is missing.
void convert_minari(const std::filesystem::path& data_folder, const std::filesystem::path& file,
                    const std::string& python);

// Makes `python` download a dataset from Minari's remote to the folder in which identifiers are
// looked up. Errors as above.
void download_minari(const std::string& id, const std::string& python);

}  // namespace seqrl

#include "agents/datasets/hdf5_other_files.h"

#include <cstdlib>
#include <sstream>
#include <system_error>
#include <vector>

#include "agents/datasets/isolate.h"

namespace seqrl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOrigin = "${ORIGIN}";

// The folder of a file, which replaces ${ORIGIN} in a prefix.
fs::path folder_of(hid_t file) {
  std::error_code ignored;
  return fs::absolute(path_of(file), ignored).parent_path();
}

fs::path with_origin(hid_t file, const std::string& prefix) {
  if (!prefix.starts_with(kOrigin)) return prefix;
  return folder_of(file).string() + prefix.substr(kOrigin.size());
}

std::vector<fs::path> candidates(hid_t file, const fs::path& name, const char* variable) {
  std::vector<fs::path> paths;
  if (name.is_absolute()) paths.push_back(name);
  const fs::path rest = name.is_absolute() ? name.filename() : name;
  if (const char* prefixes = std::getenv(variable)) {
    std::istringstream list(prefixes);
    for (std::string prefix; std::getline(list, prefix, ':');) {
      if (!prefix.empty()) paths.push_back(with_origin(file, prefix) / rest);
    }
  }
  paths.push_back(folder_of(file) / rest);
  paths.push_back(rest);
  std::error_code error;
  const fs::path actual = fs::canonical(path_of(file), error);
  if (!error) paths.push_back(actual.parent_path() / rest);
  return paths;
}

}  // namespace

fs::path path_of(hid_t object) {
  const ssize_t size = H5Fget_name(object, nullptr, 0);
  if (size <= 0) return {};
  std::string name(static_cast<std::size_t>(size) + 1, '\0');
  H5Fget_name(object, name.data(), name.size());
  name.pop_back();
  return name;
}

OtherFile find_other_file(hid_t file, const std::string& name, const char* variable) {
  OtherFile unreadable{name, "which does not exist"};
  for (const fs::path& path : candidates(file, name, variable)) {
    std::error_code ignored;
    const fs::file_status status = fs::status(path, ignored);
    if (!fs::exists(status)) continue;
    if (fs::is_directory(status)) continue;
    if (!fs::is_regular_file(status)) return {path, "which is not a regular file"};
    if (open_other_file(path).valid()) return {path, ""};
    unreadable = {path, "which cannot be opened: " + hdf5_reason()};
  }
  return unreadable;
}

fs::path raw_data_path(hid_t file, const std::string& name) {
  const char* prefix = std::getenv("HDF5_EXTFILE_PREFIX");
  if (prefix == nullptr || std::string_view(prefix).empty() || std::string_view(prefix) == ".") {
    return name;
  }
  return with_origin(file, prefix) / name;  // an absolute name stays as it is
}

Hdf5Handle open_other_file(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(path, error);
  if (!error) allow_isolated_file(bytes);
  return {H5Fopen(path.c_str(), H5F_ACC_RDONLY, hdf5_access()), H5Fclose};
}

}  // namespace seqrl

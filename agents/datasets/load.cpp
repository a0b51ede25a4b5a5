#include "agents/datasets/load.h"

#include <filesystem>
#include <utility>

#include "agents/datasets/d4rl.h"
#include "agents/datasets/merge.h"
#include "agents/datasets/minari.h"
#include "agents/datasets/minari_header.h"
#include "agents/datasets/minari_python.h"
#include "agents/datasets/npz.h"
#include "agents/datasets/prepared_cache.h"
#include "configs/base/error.h"
#include "configs/base/regular_file.h"

namespace seqrl {

namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : ".";
}

std::vector<fs::path> minari_files(const fs::path& folder) {
  if (is_minari_converted(folder)) return {};
  return {folder / "main_data.hdf5", folder / "metadata.json"};
}

Trajectories load_minari_prepared(const fs::path& folder, const LoadOptions& options) {
  const std::vector<fs::path> files = minari_files(folder);
  if (files.empty()) return load_minari(folder, options);
  return load_prepared(files, options,
                       [&](SharedMemory& memory) { return load_minari(folder, options, memory); });
}

}  // namespace

Trajectories load_dataset(const std::string& path, const LoadOptions& options) {
  SEQRL_REQUIRE(!path.empty(), "no dataset given: name a D4RL file or a Minari dataset");
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) {
    const fs::path file = path;
    if (file.filename() == "main_data.hdf5") return load_minari_prepared(folder_of(file), options);
    return load_prepared({file}, options, [&](SharedMemory& memory) {
      return is_npz(file) ? load_npz(file, options, memory) : load_d4rl(file, options, memory);
    });
  }
  if (fs::exists(path, ignored) && !fs::is_directory(path, ignored)) require_regular_file(path);
  auto folder = find_minari(path);
  const bool fetch = !folder && options.download && !fs::exists(path, ignored);
  if (fetch) {
    download_minari(path, options.python);
    folder = find_minari(path);
  }
  if (folder) return load_minari_prepared(*folder, options);
  SEQRL_REQUIRE(!fs::is_directory(path, ignored),
                "{} is a folder without a Minari dataset (no data/main_data.hdf5)", path);
  reject(
      "there is no dataset {}: no such file here, and no such Minari dataset in {}; set "
      "dataset.path=FILE, or make one with seqrl collect",
      path, minari_root().string());
}

std::vector<fs::path> dataset_files(const std::string& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) {
    const fs::path file = path;
    if (file.filename() != "main_data.hdf5") return {file};
    return minari_files(folder_of(file));
  }
  const auto folder = find_minari(path);
  return folder ? minari_files(*folder) : std::vector<fs::path>();
}

std::optional<DatasetHeader> read_dataset_header(const std::string& path) {
  std::error_code ignored;
  if (path.empty()) return std::nullopt;
  if (fs::is_regular_file(path, ignored)) {
    const fs::path file = path;
    if (is_npz(file)) return read_npz_header(file);
    if (file.filename() != "main_data.hdf5") return read_d4rl_header(file);
    return read_minari_header(folder_of(file));
  }
  if (const auto folder = find_minari(path)) return read_minari_header(*folder);
  return std::nullopt;
}

Trajectories load_datasets(const std::vector<std::string>& paths, std::span<const double> weights,
                           const LoadOptions& options, bool any_env) {
  std::vector<Trajectories> sets;
  for (const std::string& path : paths) sets.push_back(load_dataset(path, options));
  SEQRL_REQUIRE(!sets.empty(), "no dataset given: name a D4RL file or a Minari dataset");
  return merge(std::move(sets), weights, any_env);
}

}  // namespace seqrl

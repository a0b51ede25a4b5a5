#include "tools/shipped_folders.h"

#include <string>

#include "tools/shipped_configs.h"

namespace seqrl::tools {

std::vector<ShippedFolder> shipped_folders() {
  return {{"configs/", shipped_configs()},
          {"configs/tasks/", shipped_task_configs()},
          {"configs/sweeps/", shipped_sweep_configs()},
          {"configs/paper/", shipped_paper_configs()}};
}

std::optional<std::string_view> find_shipped_config(const std::filesystem::path& path) {
  const std::string name = path.lexically_normal().generic_string();
  for (const auto& [folder, files] : shipped_folders()) {
    if (!name.starts_with(folder)) continue;
    for (const Asset& file : files) {
      if (name.substr(folder.size()) == file.name) return file.text;
    }
  }
  return std::nullopt;
}

}  // namespace seqrl::tools

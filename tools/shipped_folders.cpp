#include "tools/shipped_folders.h"

#include <string>

#include "configs/base/error.h"
#include "configs/base/text.h"
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
  std::vector<std::string> names;
  for (const auto& [folder, files] : shipped_folders()) {
    for (const Asset& file : files) {
      names.push_back(std::string(folder) + std::string(file.name));
      if (names.back() == name) return file.text;
    }
  }
  const std::string nearest = nearest_name(name, names);
  SEQRL_REQUIRE(nearest.empty(), "{}: no such file; seqrl ships {}", name, nearest);
  return std::nullopt;
}

}  // namespace seqrl::tools

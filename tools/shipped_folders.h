// The folders of the configurations compiled into the program.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "envs/assets.h"

namespace seqrl::tools {

// The YAML files of one folder, such as "configs/tasks/".
struct ShippedFolder {
  std::string_view folder;
  std::span<const Asset> files;
};
std::vector<ShippedFolder> shipped_folders();

// The text of the config that a path names: "configs/tasks/chomsky.yaml". An Error of kind user
// where the path resembles the name of one.
std::optional<std::string_view> find_shipped_config(const std::filesystem::path& path);

}  // namespace seqrl::tools

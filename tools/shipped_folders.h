// The folders of the configurations that are compiled into the program.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "envs/assets.h"

namespace seqrl::tools {

// All of the YAML files, each with its folder, "configs/tasks/".
struct ShippedFolder {
  std::string_view folder;
  std::span<const Asset> files;
};
std::vector<ShippedFolder> shipped_folders();

// The text of the one that a path names: "configs/tasks/chomsky.yaml". An Error of kind user where
// it is nearly one's name.
std::optional<std::string_view> find_shipped_config(const std::filesystem::path& path);

}  // namespace seqrl::tools

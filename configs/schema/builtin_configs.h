// The texts of configs that a program brings, for paths at which there is no file.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace seqrl {

// read_config_file takes what `find` has for a path where no file is there.
using BuiltinConfigs = std::optional<std::string_view> (*)(const std::filesystem::path& path);
void set_builtin_configs(BuiltinConfigs find);

}  // namespace seqrl

// Config texts built into a program, for paths where no file exists.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace seqrl {

// read_config_file uses the result of `find` for a path where no file exists.
using BuiltinConfigs = std::optional<std::string_view> (*)(const std::filesystem::path& path);
void set_builtin_configs(BuiltinConfigs find);

}  // namespace seqrl

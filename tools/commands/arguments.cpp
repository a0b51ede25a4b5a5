#include <filesystem>

#include "tools/commands/commands.h"

namespace seqrl {

RunsAndSettings split_arguments(const std::vector<std::string>& arguments) {
  RunsAndSettings split;
  for (const std::string& argument : arguments) {
    // A folder may have '=' in its name, as those of a sweep do.
    const bool is_setting =
        argument.find('=') != std::string::npos && !std::filesystem::exists(argument);
    (is_setting ? split.settings : split.runs).push_back(argument);
  }
  return split;
}

}  // namespace seqrl

// Arguments that commands share: settings as key=value, plug-ins, and the config of another run.
#pragma once

#include <string>
#include <vector>

namespace seqrl::tools {

// Whether an argument is key=value. An existing file is not a setting: names may contain '=', as
// those of a sweep's folders do.
bool is_setting(const std::string& argument);

// Splits arguments RUN… key=value… into runs and settings.
struct RunsAndSettings {
  std::vector<std::string> runs, settings;
};
RunsAndSettings split_arguments(const std::vector<std::string>& arguments);

// Takes plugins=[…] out of `settings` and loads them. The plugins that a checkpoint or config names
// are not loaded unless the command line names them.
void load_given_plugins(std::vector<std::string>& settings);

// The same for a command without other settings: rejects any other setting.
void load_only_plugins(const std::string& command, std::vector<std::string> settings);

// The text about plugins=[…] in the help of a command.
constexpr const char* kPluginsHelp = "plugins=[LIBRARY.so] if it needs plug-ins, whose code is run";

// "one of a, b, c"
std::string one_of_names(const std::vector<std::string>& names);

// The names of a table of {name, …}.
template <typename Table>
std::vector<std::string> names_in(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.first);
  return names;
}

// Takes config=FILE or config=RUN, a run's folder, out of `settings`. Returns the plugins and the
// environment of that config as YAML, which the other settings override; "{}" without such a
// setting.
std::string take_env_config(std::vector<std::string>& settings);

}  // namespace seqrl::tools

// Arguments that commands share: settings as key=value, plug-ins, and the config of another run.
#pragma once

#include <string>
#include <vector>

namespace seqrl::tools {

// Whether an argument is key=value. What is there as a file is none: names may have '=' in them, as
// those of a sweep's folders do.
bool is_setting(const std::string& argument);

// Splits what was given as RUN… key=value… into the two.
struct RunsAndSettings {
  std::vector<std::string> runs, settings;
};
RunsAndSettings split_arguments(const std::vector<std::string>& arguments);

// Takes plugins=[…] out of `settings` and loads them, instead of those that a checkpoint or config
// names: these are loaded only where the command line says so.
void load_given_plugins(std::vector<std::string>& settings);

// The same for a command that has no other settings: what else there is, is rejected.
void load_only_plugins(const std::string& command, std::vector<std::string> settings);

// The text about plugins=[…] in the help of a command.
constexpr const char* kPluginsHelp = "plugins=[LIBRARY.so] where it needs those: they are code";

// "one of a, b, c"
std::string one_of_names(const std::vector<std::string>& names);

// The names of a table of {name, …}.
template <typename Table>
std::vector<std::string> names_in(const Table& table) {
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.first);
  return names;
}

// Takes config=FILE out of `settings`, or config=RUN, a run's folder. The plugins and the
// environment of that run's config as YAML for the other settings to win over; "{}" where there is
// no such setting.
std::string take_env_config(std::vector<std::string>& settings);

}  // namespace seqrl::tools

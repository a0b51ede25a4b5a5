#include <algorithm>
#include <filesystem>
#include <iterator>

#include "agents/config.h"
#include "agents/world_config.h"
#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/config.h"
#include "configs/plugin.h"
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

void load_given_plugins(std::vector<std::string>& settings) {
  struct Plugins {
    std::vector<std::string> plugins;
    void fields(Fields& field) {
      field("plugins", plugins, "");
      field.first("plugins", [this] {
        for (const std::string& plugin : plugins) load_plugin_instead(plugin);
      });
    }
  };
  const auto are_plugins = [](const std::string& text) { return text.starts_with("plugins="); };
  for (const std::string& text : settings) {
    const std::string key = text.substr(0, text.find('='));
    SEQRL_REQUIRE(are_plugins(text) || nearest_name(key, {"plugins"}).empty(),
                  "command line: '{}': unknown key; did you mean 'plugins'?", text);
  }
  std::vector<std::string> given;
  std::ranges::copy_if(settings, std::back_inserter(given), are_plugins);
  std::erase_if(settings, are_plugins);
  read_config_text<Plugins>("{}", "seqrl", given);
}

void load_only_plugins(const std::string& command, std::vector<std::string> settings) {
  load_given_plugins(settings);
  SEQRL_REQUIRE(settings.empty(), "{}: '{}': the only setting it takes is plugins=[…]", command,
                settings.front());
}

std::string take_world(std::vector<std::string>& settings) {
  const std::string key = "config=";
  const auto given =
      std::ranges::find_if(settings, [&](const auto& text) { return text.starts_with(key); });
  if (given == settings.end()) return "{}";
  std::filesystem::path path = given->substr(key.size());
  if (std::filesystem::is_directory(path)) path /= "config.yaml";
  const auto run = read_config<RunConfig>(path);
  settings.erase(given);
  WorldConfig world;
  world.plugins = run.plugins;
  world.env = run.env;
  return print_config(world);
}

}  // namespace seqrl

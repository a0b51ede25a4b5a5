#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string_view>

#include "agents/config/run_config.h"
#include "agents/config/run_files.h"
#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "configs/schema/plugin.h"
#include "configs/schema/scalars.h"
#include "envs/env_config.h"
#include "tools/commands/arguments.h"

namespace seqrl::tools {

bool is_setting(const std::string& argument) {
  const std::string key = argument.substr(0, argument.find('='));
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.-").find(c) != std::string_view::npos;
  };
  std::error_code ignored;
  return key.size() < argument.size() && !key.empty() && std::ranges::all_of(key, is_word) &&
         !std::filesystem::exists(argument, ignored);
}

RunsAndSettings split_arguments(const std::vector<std::string>& arguments) {
  RunsAndSettings split;
  for (const std::string& argument : arguments) {
    (is_setting(argument) ? split.settings : split.runs).push_back(argument);
  }
  return split;
}

void load_given_plugins(std::vector<std::string>& settings) {
  struct Plugins {
    std::vector<std::string> plugins;
    void fields(Fields& field) { add_plugins_field(field, plugins); }
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
  SEQRL_REQUIRE(settings.empty(), "{}: {}: the only setting accepted here is plugins=[…]", command,
                shown(settings.front()));
}

std::string one_of_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "one of " : ", ") + name;
  return text;
}

std::string take_env_config(std::vector<std::string>& settings) {
  const std::string key = "config=";
  const auto given =
      std::ranges::find_if(settings, [&](const auto& text) { return text.starts_with(key); });
  if (given == settings.end()) return "{}";
  std::filesystem::path path = home_expanded(given->substr(key.size()));
  if (std::filesystem::is_directory(path)) path = RunFiles(path).config();
  const auto run = read_config<RunConfig>(path);
  settings.erase(given);
  EnvConfig env_config;
  env_config.plugins = run.plugins;
  env_config.env = run.env;
  return print_config(env_config);
}

}  // namespace seqrl::tools

// `seqrl list`: the names that a config or a command may use.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "agents/config/run_config.h"
#include "agents/policies/shipped_policies.h"
#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/base/text.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/output.h"
#include "tools/shipped_folders.h"

namespace seqrl::tools {
namespace {

template <typename Base>
Rows kinds() {
  Rows items;
  for (const KindTable::Kind& kind : kind_table<Base>().all()) {
    if (kind.name != RunConfig::kNone) items.push_back({kind.name, kind.help});
  }
  return items;
}

Rows policies() {
  Rows items;
  for (const std::string& name : shipped_policies()) {
    const TrainedAgent trained = find_agent(name);
    items.push_back({name, fmt::format("acts in {}, trained with {}, {} parameters",
                                       title_of(trained.config.env), trained.config.agent.kind(),
                                       trained.parameters->count())});
  }
  return items;
}

// The first sentence of a config's leading comment.
std::string first_sentence(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string comment;
  for (std::string line; std::getline(lines, line) && line.starts_with("# ");) {
    if (!comment.empty()) comment += ' ';
    comment.append(line, 2);
  }
  const std::size_t end = comment.find(". ");
  return end == std::string::npos ? comment : comment.substr(0, end + 1);
}

Rows configs() {
  Rows items;
  for (const auto& [folder, files] : shipped_folders()) {
    for (const Asset& file : files) {
      items.push_back({std::string(folder) + std::string(file.name), first_sentence(file.text)});
    }
  }
  return items;
}

struct Category {
  const char* name;
  Rows (*items)();
};

constexpr Category kCategories[] = {
    {"environments", kinds<EnvOptions>},
    {"backbones", kinds<BackboneConfig>},
    {"agents", kinds<AgentConfig>},
    {"tasks", kinds<TaskConfig>},
    {"policies", policies},
    {"configs", configs},
};

std::string to_text(const Rows& items, std::size_t width) {
  return two_columns(items, std::min(widest_name(items) + 4, width / 2), width);
}

int run_list(const std::string& what, std::vector<std::string> settings, bool json) {
  load_only_plugins("list", std::move(settings));
  const RunConfig all_registered;
  std::vector<std::string> names;
  nlohmann::ordered_json document = nlohmann::ordered_json::object();
  std::string text;
  for (const Category& category : kCategories) {
    names.emplace_back(category.name);
    if (!what.empty() && what != category.name) continue;
    const Rows items = category.items();
    auto& list = document[category.name] = nlohmann::ordered_json::array();
    for (const auto& [name, description] : items) {
      list.push_back({{"name", name}, {"description", description}});
    }
    if (what.empty()) text += fmt::format("{}{}\n", text.empty() ? "" : "\n", category.name);
    text += to_text(items, output_width());
  }
  SEQRL_REQUIRE(!text.empty(), "list: unknown category {}{}", shown(what), suggestion(what, names));
  std::cout << (json ? indented(document) : text);
  return 0;
}

}  // namespace

Command list_command() {
  struct Arguments {
    std::string what;
    std::vector<std::string> settings;
    bool json = false;
  };
  const auto given = std::make_shared<Arguments>();
  const auto run = [given] {
    // `list plugins=[…]` lists everything.
    if (is_setting(given->what)) {
      given->settings.insert(given->settings.begin(), std::exchange(given->what, ""));
    }
    return run_list(given->what, given->settings, given->json);
  };
  return {
      .name = "list",
      .help = "list environments, backbones, agents, tasks, policies and configs",
      .arguments = {{"WHAT", &given->what,
                     "environments, backbones, agents, tasks, policies or configs; default: all"},
                    {"key=value", &given->settings, "plugins=[…]: include what they register"},
                    {"--json", &given->json, kJsonHelp}},
      .examples = {"seqrl list", "seqrl list backbones", "seqrl list --json"},
      .run = run,
  };
}

}  // namespace seqrl::tools

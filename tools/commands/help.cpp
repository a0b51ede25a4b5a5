#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "agents/config/run_config.h"
#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/help_page.h"
#include "tools/commands/manual.h"
#include "tools/commands/output.h"
#include "tools/sweep/plan.h"

namespace seqrl::tools {
namespace {

// `seqrl help config PREFIX`; PREFIX may contain '=': backbone=mamba.
int help_on_config(const std::vector<std::string>& rest) {
  std::vector<std::string> plugins, prefixes;
  std::ranges::partition_copy(rest, std::back_inserter(plugins), std::back_inserter(prefixes),
                              [](const auto& text) { return text.starts_with("plugins="); });
  load_only_plugins("help", plugins);
  SEQRL_REQUIRE(prefixes.size() < 2, "help config: {}: one key or section at a time",
                shown(prefixes.back()));
  std::cout << help_text<RunConfig>(prefixes.empty() ? "" : prefixes.front(), output_width());
  return 0;
}

// The schema by which an editor checks a YAML file.
int print_schema(const std::string& topic, std::vector<std::string> plugins) {
  load_only_plugins("help", std::move(plugins));
  if (topic == "config") {
    std::cout << indented(json_schema<RunConfig>("a run of seqrl"));
  } else if (topic == "sweep") {
    std::cout << indented(json_schema<SweepConfig>("a sweep of seqrl"));
  } else {
    reject("help {}: --schema exists only for config and sweep", shown(topic));
  }
  return 0;
}

int print_manual(const std::string& topic) {
  const std::vector<Command> commands = all_commands();
  const auto about = std::ranges::find(commands, topic, &Command::name);
  SEQRL_REQUIRE(topic.empty() || about != commands.end(), "no manual page for {}", shown(topic));
  std::cout << (topic.empty() ? program_manual(commands) : command_manual(*about));
  return 0;
}

int run_help(const std::string& topic, const std::vector<std::string>& rest) {
  if (topic == "config") return help_on_config(rest);
  const std::vector<Command> commands = all_commands();
  std::vector<std::string> topics = {"config"};
  for (const Command& command : commands) topics.push_back(command.name);
  const auto about = std::ranges::find(commands, topic, &Command::name);
  SEQRL_REQUIRE(topic.empty() || about != commands.end(), "no help for {}{}", shown(topic),
                suggestion(topic, topics));
  SEQRL_REQUIRE(rest.empty(), "help {}: {}: only help config takes a key", topic,
                shown(rest.front()));
  std::cout << (topic.empty() ? program_help(commands, output_width())
                              : command_help(*about, output_width()));
  return 0;
}

}  // namespace

Command help_command() {
  struct Arguments {
    std::string topic;
    std::vector<std::string> rest;
    bool schema = false, man = false;
  };
  const auto given = std::make_shared<Arguments>();
  return {
      .name = "help",
      .help = "show help for a command, or for config keys",
      .arguments = {{"TOPIC", &given->topic, "a command, or config"},
                    {"KEY", &given->rest,
                     "with config: a key, a section or a kind, such as training, training.lr or "
                     "backbone=mamba; plugins=[…] includes their keys"},
                    {"--schema", &given->schema,
                     "for config or sweep: a JSON schema with which editors check YAML"},
                    {"--man", &given->man, "as a manual page", "", "--schema"}},
      .examples = {"seqrl help eval", "seqrl help config", "seqrl help config training.lr",
                   "seqrl help config backbone=mamba",
                   "seqrl help config --schema > seqrl.schema.json"},
      .run =
          [given] {
            if (given->schema) return print_schema(given->topic, given->rest);
            if (given->man) return print_manual(given->topic);
            return run_help(given->topic, given->rest);
          },
  };
}

}  // namespace seqrl::tools

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>

#include "agents/config/run_config.h"
#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "tools/commands/commands.h"
#include "tools/commands/help_page.h"

namespace seqrl {
namespace {

// `seqrl help config PREFIX`, which may have an '=' in it: backbone=mamba.
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

int run_help(const CLI::App& program, const std::string& topic,
             const std::vector<std::string>& rest) {
  if (topic == "config") return help_on_config(rest);
  std::vector<std::string> topics = {"config"};
  const CLI::App* app = topic.empty() ? &program : nullptr;
  for (const CLI::App* command : program.get_subcommands(nullptr)) {
    topics.push_back(command->get_name());
    if (command->get_name() == topic) app = command;
  }
  SEQRL_REQUIRE(app != nullptr, "no help on {}{}", shown(topic), suggestion(topic, topics));
  SEQRL_REQUIRE(rest.empty(), "help {}: {}: only help config takes a key", topic,
                shown(rest.front()));
  const std::string name = topic.empty() ? "seqrl" : "seqrl " + topic;
  std::cout << help_page(*app, name, output_width());
  return 0;
}

}  // namespace

Command add_help(CLI::App& program) {
  struct Arguments {
    std::string topic;
    std::vector<std::string> rest;
  };
  const auto given = std::make_shared<Arguments>();
  CLI::App* app = program.add_subcommand("help", "help on a command, or on the keys of a config");
  app->add_option("TOPIC", given->topic, "a command, or config");
  app->add_option("KEY", given->rest,
                  "of a config: a key, a section or a kind, such as training, training.lr or "
                  "backbone=mamba; plugins=[…]: their keys too");
  return {app, [given, &program] { return run_help(program, given->topic, given->rest); }};
}

}  // namespace seqrl

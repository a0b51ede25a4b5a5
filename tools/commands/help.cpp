#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "agents/config.h"
#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/config.h"
#include "tools/commands/commands.h"

namespace seqrl {
namespace {

int run_help(const std::string& topic, const std::vector<std::string>& settings) {
  load_only_plugins("help", settings);
  SEQRL_REQUIRE(topic == "config", "no help on '{}'{}", topic, suggestion(topic, {"config"}));
  std::cout << help_text<RunConfig>();
  return 0;
}

}  // namespace

Command add_help(CLI::App& program) {
  struct Arguments {
    std::string topic;
    std::vector<std::string> settings;
  };
  const auto given = std::make_shared<Arguments>();
  CLI::App* app = program.add_subcommand("help", "help on a topic: config");
  app->add_option("TOPIC", given->topic)->required();
  app->add_option("key=value", given->settings, "plugins=[…]: their keys too");
  return {app, [given] { return run_help(given->topic, given->settings); }};
}

}  // namespace seqrl

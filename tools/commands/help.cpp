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

int run_help(const std::string& topic) {
  SEQRL_REQUIRE(topic == "config", "no help on '{}'{}", topic, suggestion(topic, {"config"}));
  std::cout << help_text<RunConfig>();
  return 0;
}

}  // namespace

Command add_help(CLI::App& program) {
  const auto topic = std::make_shared<std::string>();
  CLI::App* app = program.add_subcommand("help", "help on a topic: config");
  app->add_option("TOPIC", *topic)->required();
  return {app, [topic] { return run_help(*topic); }};
}

}  // namespace seqrl

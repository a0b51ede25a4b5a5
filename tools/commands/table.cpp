#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/schema/config.h"
#include "tools/commands/commands.h"
#include "tools/reports/score_table.h"

namespace seqrl {
namespace {

struct TableCommand {
  std::vector<std::string> arguments;
  bool json = false, csv = false;
};

int run_table(const TableCommand& command) {
  auto [runs, settings] = split_arguments(command.arguments);
  load_given_plugins(settings);
  const auto config = read_config_text<TableConfig>("{}", "seqrl table", settings);
  SEQRL_REQUIRE(!runs.empty(), "table: which runs? name their folders, or one above them");
  const ScoreTable table = make_table(read_groups(runs), config);
  std::cout << (command.json  ? indented(to_json(table))
                : command.csv ? to_csv(table)
                              : to_markdown(table));
  return 0;
}

}  // namespace

Command add_table(CLI::App& program) {
  const auto command = std::make_shared<TableCommand>();
  CLI::App* app = program.add_subcommand("table", "runs as a table: task by learner, over seeds");
  app->add_option(
         "RUN... key=value", command->arguments,
         "runs, folders of runs or patterns; then metrics=[score] resamples=50000 seed=0, " +
             std::string(kPluginsHelp))
      ->required();
  CLI::Option* json = app->add_flag("--json", command->json, kJsonHelp);
  app->add_flag("--csv", command->csv, "print comma-separated values and nothing else")
      ->excludes(json);
  return {app, [command] { return run_table(*command); }};
}

}  // namespace seqrl

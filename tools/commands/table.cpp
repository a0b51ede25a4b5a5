#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/schema/config.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/reports/score_table.h"

namespace seqrl::tools {
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

Command table_command() {
  const auto given = std::make_shared<TableCommand>();
  return {
      .name = "table",
      .help = "runs as a table: task by learner, over seeds",
      .arguments = {required("RUN... key=value", &given->arguments,
                             "runs, folders of runs or patterns; then metrics=[score] "
                             "resamples=50000 seed=0, " +
                                 std::string(kPluginsHelp)),
                    {"--json", &given->json, kJsonHelp},
                    {.name = "--csv",
                     .target = &given->csv,
                     .help = "print comma-separated values and nothing else",
                     .excludes = "--json"}},
      .examples = {"seqrl table runs", "seqrl table 'runs/hopper-*' metrics=[score] --csv"},
      .run = [given] { return run_table(*given); },
  };
}

}  // namespace seqrl::tools

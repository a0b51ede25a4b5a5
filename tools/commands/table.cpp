#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/paper/paper_table.h"
#include "tools/paper/results.h"
#include "tools/reports/score_table.h"

namespace seqrl::tools {
namespace {

struct TableCommand {
  std::vector<std::string> arguments;
  bool json = false, csv = false, paper = false, evaluations = false;
};

template <typename Table>
void print(const Table& table, const TableCommand& command) {
  std::cout << (command.json  ? indented(to_json(table))
                : command.csv ? to_csv(table)
                              : to_markdown(table));
}

int run_table(const TableCommand& command) {
  auto [runs, settings] = split_arguments(command.arguments);
  load_given_plugins(settings);
  const auto config = read_config_text<TableConfig>("{}", "seqrl table", settings);
  SEQRL_REQUIRE(!runs.empty() || command.paper,
                "table: no runs given; give their folders, or a folder that contains them");
  SEQRL_REQUIRE(settings.empty() || !(command.paper || command.evaluations),
                "table --paper and --evaluations take only runs, not {}", shown(settings.front()));
  SEQRL_REQUIRE(!command.evaluations || !(command.paper || command.json),
                "--evaluations prints only CSV; omit --paper and --json");
  std::vector<RunFolder> read = runs.empty() ? shipped_results() : read_runs_or_results(runs);
  if (command.evaluations) {
    std::cout << results_csv(read);
  } else if (command.paper) {
    print(make_paper_table(read), command);
  } else {
    print(make_table(group_runs(std::move(read)), config), command);
  }
  return 0;
}

}  // namespace

Command table_command() {
  const auto given = std::make_shared<TableCommand>();
  return {
      .name = "table",
      .help = "print a table of runs: task by learner, over seeds",
      .arguments = {{"RUN... key=value", &given->arguments,
                     "runs, folders of runs, patterns, or CSV files written by --evaluations; then "
                     "metrics=[score] baseline=LEARNER resamples=50000 seed=0, " +
                         std::string(kPluginsHelp)},
                    {"--json", &given->json, kJsonHelp},
                    {.name = "--csv",
                     .target = &given->csv,
                     .help = "print comma-separated values and nothing else",
                     .excludes = "--json"},
                    {"--paper", &given->paper,
                     "print the paper's numbers next to those of these runs (default: the runs of "
                     "seqrl's authors), with a verdict"},
                    {"--evaluations", &given->evaluations,
                     "print every evaluation of runs of the paper's experiments as CSV, to archive "
                     "without the run folders"}},
      .examples = {"seqrl table runs", "seqrl table 'runs/hopper-*' metrics=[score] --csv",
                   "seqrl table runs baseline=transformer", "seqrl table --paper"},
      .run = [given] { return run_table(*given); },
  };
}

}  // namespace seqrl::tools

#include "tools/commands/sweep_info.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "configs/base/json.h"
#include "configs/base/printable.h"
#include "tools/commands/output.h"
#include "tools/sweep/plan.h"

namespace seqrl::tools {
namespace {

std::size_t count(const Sweep& sweep, SweepRun::State state) {
  return static_cast<std::size_t>(std::ranges::count(sweep.runs, state, &SweepRun::state));
}

std::int64_t steps(const Sweep& sweep) {
  std::int64_t all = 0;
  for (const SweepRun& run : sweep.runs) all += run.steps;
  return all;
}

nlohmann::ordered_json to_json(const Sweep& sweep) {
  nlohmann::ordered_json runs = nlohmann::ordered_json::array();
  for (const SweepRun& run : sweep.runs) {
    const char* state = run.state == SweepRun::State::done    ? "done"
                        : run.state == SweepRun::State::begun ? "begun"
                                                              : "fresh";
    runs.push_back({{"folder", run.folder.string()},
                    {"state", state},
                    {"steps", run.steps},
                    {"command", shell_command(run)}});
  }
  return {{"config", sweep.config.config}, {"grid", sweep.config.grid.json()},
          {"seeds", sweep.config.seeds},   {"settings", sweep.config.settings},
          {"output", sweep.config.output}, {"runs", runs}};
}

Rows to_rows(const std::string& path, const Sweep& sweep) {
  const SweepConfig& config = sweep.config;
  Rows rows = {{"sweep", path}, {"base config", fmt::format("{}", fmt::join(config.config, ", "))}};
  if (!config.settings.empty()) {
    rows.emplace_back("settings", fmt::format("{}", fmt::join(config.settings, " ")));
  }
  for (const auto& [key, values] : config.grid.entries) {
    rows.emplace_back("varies", fmt::format("{}: {}", key, fmt::join(values, ", ")));
  }
  rows.emplace_back("seeds", fmt::format("{}", fmt::join(config.seeds, ", ")));
  rows.emplace_back(
      "runs",
      fmt::format("{}, {} steps in all: {} done, {} started, {} not started", sweep.runs.size(),
                  steps(sweep), count(sweep, SweepRun::State::done),
                  count(sweep, SweepRun::State::begun), count(sweep, SweepRun::State::fresh)));
  rows.emplace_back("folders", config.output);
  for (auto& [name, text] : rows) text = printable(text);
  return rows;
}

}  // namespace

int sweep_info(const std::string& path, const std::vector<std::string>& overrides, bool json) {
  const Sweep sweep = plan_sweep(path, overrides);
  std::cout << (json ? indented(to_json(sweep))
                     : two_columns(to_rows(path, sweep), 15, output_width()));
  return 0;
}

}  // namespace seqrl::tools

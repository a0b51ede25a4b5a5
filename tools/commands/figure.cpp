#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <utility>

#include "agents/config/run_config.h"
#include "configs/base/error.h"
#include "configs/base/files.h"
#include "configs/base/printable.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/figure_output.h"
#include "tools/commands/interrupt.h"
#include "tools/costs/costs.h"

namespace seqrl::tools {
namespace {

struct FigureCommand {
  std::string what;
  std::vector<std::string> settings;
};

using Cost = std::vector<Figure> (*)(const CostConfig&, const std::function<bool()>&);

constexpr std::pair<const char*, Cost> kCosts[] = {
    {"training_cost", training_cost},
    {"context_cost", context_cost},
    {"decoding_cost", decoding_cost},
};

Cost find_cost(const std::string& what) {
  for (const auto& [name, cost] : kCosts) {
    if (what == name) return cost;
  }
  reject("unknown figure '{}'{}", what, suggestion(what, names_in(kCosts)));
}

int run_figure(const FigureCommand& command) {
  const Cost cost = find_cost(command.what);
  const auto config = read_config_text<CostConfig>("{}", "seqrl figure", command.settings);
  require_no_gpu(config.device, "figures measure");
  make_folder(config.output);  // fails now rather than after minutes of measuring
  catch_interrupts();
  const std::vector<Figure> figures = cost(config, interrupted);
  if (interrupted()) return report_interruption("no figure was written");
  print_and_draw(figures, config.output);
  std::cout << fmt::format("figures written to {}\n", printable(config.output));
  return 0;
}

}  // namespace

Command figure_command() {
  const auto given = std::make_shared<FigureCommand>();
  return {
      .name = "figure",
      .help =
          "measure the cost of backbones over lengths and batch sizes; writes CSV, SVG, PNG and a "
          "table",
      .arguments = {required("WHAT", &given->what, one_of_names(names_in(kCosts))),
                    {"key=value", &given->settings,
                     "output=FOLDER backbones=[min_gru,gru] lengths=[64,512] batches=[64] dim=128 "
                     "layers=1 window=0 seconds=1 patience=20 threads=0"}},
      .examples = {"seqrl figure training_cost lengths=[64,256,1024] seconds=0.2"},
      .run = [given] { return run_figure(*given); },
  };
}

}  // namespace seqrl::tools

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>

#include "agents/collection/collector.h"
#include "configs/config.h"
#include "tools/commands/commands.h"

namespace seqrl {

int run_collect(const std::vector<std::string>& settings) {
  const auto config = read_config_text<CollectConfig>("{}", "seqrl collect", settings);
  catch_interrupts();
  const Collected collected = collect(config, interrupted);
  std::cout << fmt::format("{}: {} transitions, {} episodes, return {:.1f} ± {:.1f}\n",
                           config.output, collected.transitions, collected.episodes,
                           collected.return_mean, collected.return_std);
  return 0;
}

}  // namespace seqrl

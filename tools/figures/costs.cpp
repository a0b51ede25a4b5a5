#include "tools/figures/costs.h"

#include <fmt/format.h>

#include <iostream>

namespace seqrl {

Figure cost_figure(std::string name, std::string title, std::string x_label, std::string y_label) {
  return {.name = std::move(name),
          .title = std::move(title),
          .x_label = std::move(x_label),
          .y_label = std::move(y_label),
          .logarithmic = true,
          .doubling = true};
}

void walk(const std::string& backbone, const std::vector<std::int64_t>& xs,
          const CostConfig& config,
          const std::function<std::optional<double>(std::int64_t)>& seconds_at,
          const std::function<void(std::int64_t, double)>& add) {
  for (const std::int64_t x : xs) {
    const std::optional<double> seconds = seconds_at(x);
    if (!seconds) return;
    std::cerr << fmt::format("{} {}: {:.3g} ms\n", backbone, x, *seconds * 1e3);
    add(x, *seconds);
    if (*seconds > config.patience) return;
  }
}

}  // namespace seqrl

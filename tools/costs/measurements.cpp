#include "tools/costs/measurements.h"

#include <fmt/format.h>

#include <iostream>

namespace seqrl::tools {

Figure cost_figure(std::string name, std::string title, std::string x_label, std::string y_label) {
  return {.name = std::move(name),
          .title = std::move(title),
          .x_label = std::move(x_label),
          .y_label = std::move(y_label),
          .logarithmic = true,
          .doubling = true};
}

void Measurements::walk(const std::string& backbone, const std::vector<std::int64_t>& xs,
                        const CostConfig& config,
                        const std::function<std::optional<double>(std::int64_t)>& seconds_at,
                        const std::function<void(std::int64_t, double)>& add) {
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const std::optional<double> seconds = seconds_at(xs[i]);
    if (!seconds) return;
    const bool last = *seconds > config.patience;
    done_ += last ? xs.size() - i : 1;
    const double each = (steady_seconds() - start_) / static_cast<double>(done_);
    std::cerr << fmt::format("{} {}: {:.3g} ms ({} of {}, about {} left)\n", backbone, xs[i],
                             *seconds * 1e3, done_, total_,
                             duration_text(each * static_cast<double>(total_ - done_)));
    add(xs[i], *seconds);
    if (last) return;
  }
}

}  // namespace seqrl::tools

// Measurements over lengths or batch sizes, and the figure that they fill.
#pragma once

#include <map>
#include <memory>
#include <utility>

#include "tools/costs/measured_backbone.h"
#include "tools/progress.h"

namespace seqrl::tools {

// The figure's default list if the config gives none.
template <typename T>
std::vector<T> or_default(const std::vector<T>& given, std::vector<T> otherwise) {
  return given.empty() ? std::move(otherwise) : given;
}

// A point without a band.
inline CurvePoint exact_point(double x, double y) {
  return {x, y, y, y};
}

// A figure without curves, with x in powers of two and y logarithmic.
Figure cost_figure(std::string name, std::string title, std::string x_label, std::string y_label);

// The measurements of a figure, `total` in all. Reports each one and the time left on stderr.
class Measurements {
 public:
  explicit Measurements(std::size_t total) : total_(total) {}

  // Measures `seconds_at(x)` for each x in turn and passes the result to `add`, until there is no
  // result or a pass took longer than config.patience.
  void walk(const std::string& backbone, const std::vector<std::int64_t>& xs,
            const CostConfig& config,
            const std::function<std::optional<double>(std::int64_t)>& seconds_at,
            const std::function<void(std::int64_t, double)>& add);

 private:
  std::size_t total_, done_ = 0;
  double start_ = steady_seconds();
};

}  // namespace seqrl::tools

#include "tools/reports/figure_axes.h"

#include <algorithm>
#include <cmath>

namespace seqrl::tools {
namespace {

// Whether each curve has one point, which is neither a line nor spans an axis.
bool is_of_lone_points(const Figure& figure) {
  return std::ranges::all_of(figure.curves,
                             [](const Curve& curve) { return curve.points.size() == 1; });
}

struct Range {
  double low = INFINITY, high = -INFINITY;
  void add(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

}  // namespace

bool is_finite(const CurvePoint& p) {
  return std::isfinite(p.x) && std::isfinite(p.mean) && std::isfinite(p.low) &&
         std::isfinite(p.high);
}

bool has_band(const Curve& curve) {
  return std::ranges::any_of(curve.points, [](const CurvePoint& p) { return p.low != p.high; });
}

Axes axes_of(const Figure& figure) {
  Range x, y;
  for (const Curve& curve : figure.curves) {
    for (const CurvePoint& p : curve.points) {
      if (!is_finite(p)) continue;
      x.add(p.x);
      y.add(p.mean);
      // Values without a logarithm are left out of the band.
      if (!figure.logarithmic || p.low > 0) y.add(p.low);
      y.add(p.high);
    }
  }
  if (x.low > x.high) x = y = {1, 2};  // nothing to show
  const bool lone = is_of_lone_points(figure);
  const bool from_zero = !figure.doubling && x.low >= 0 && x.high > 0;
  if (figure.identity) {
    y.add(from_zero ? 0 : x.low);
    y.add(x.high);
  }
  Axes axes;
  if (figure.doubling) {
    axes.x = logarithmic_axis(x.low, x.high, 2);
  } else {
    // A single point at the edge would be cut off.
    const bool beside = std::ranges::any_of(
        figure.curves, [](const Curve& curve) { return curve.color_of.has_value(); });
    const double room = lone ? 1.1 : beside ? 1.04 : 1;
    axes.x = linear_axis(from_zero ? 0 : x.low, from_zero ? room * x.high : x.high, !from_zero);
  }
  if (figure.logarithmic) {
    axes.y = logarithmic_axis(y.low, y.high, 10);
  } else if (y.low == 0 || (lone && y.low > 0)) {
    axes.y = linear_axis(0, 1.1 * y.high, false);
  } else {
    axes.y = linear_axis(y.low, y.high, true);
  }
  return axes;
}

}  // namespace seqrl::tools

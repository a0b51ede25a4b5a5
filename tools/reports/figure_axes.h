// Properties of a drawn figure that all drawing code shares: axes, colours, visible data.
#pragma once

#include <cstddef>

#include "tools/reports/axis.h"
#include "tools/reports/figure.h"

namespace seqrl::tools {

// Points are marked on curves with up to this many points.
inline constexpr std::size_t kFewPoints = 30;

struct Axes {
  Axis x, y;
};

// The axes around the data, from zero where appropriate.
Axes axes_of(const Figure& figure);

// A point with a number that is not finite is not drawn.
bool is_finite(const CurvePoint& p);

bool has_band(const Curve& curve);

}  // namespace seqrl::tools

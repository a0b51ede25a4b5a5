// How a figure is drawn, whatever draws it: its axes, its colours, what of its data shows.
#pragma once

#include <cstddef>

#include "tools/reports/axis.h"
#include "tools/reports/figure.h"

namespace seqrl::tools {

// Curves of up to so many points have them marked.
inline constexpr std::size_t kFewPoints = 30;

struct Axes {
  Axis x, y;
};

// Around the data, and from zero where that is a part of the picture.
Axes axes_of(const Figure& figure);

// A point with a number that is not finite is not drawn.
bool is_finite(const CurvePoint& p);

bool has_band(const Curve& curve);

}  // namespace seqrl::tools

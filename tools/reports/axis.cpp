#include "tools/reports/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seqrl::tools {
namespace {

constexpr double kRoom = 0.04;  // of the axis, on each side of the data

// The smallest of 1, 2, 5, 10, … times a power of ten that cuts `span` into at most `parts`.
double round_step(double span, std::size_t parts) {
  const double least = span / static_cast<double>(parts);
  const double power = std::pow(10, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

struct Unit {
  double size;
  const char* name;
};

Unit unit_of(double largest) {
  if (largest >= 1e12) return {1, ""};
  if (largest >= 1e9) return {1e9, "G"};
  if (largest >= 1e6) return {1e6, "M"};
  if (largest >= 1e4) return {1e3, "k"};
  return {1, ""};
}

std::string label(double value, const Unit& unit) {
  return value == 0 ? "0" : fmt::format("{:.10g}{}", value / unit.size, unit.name);
}

// Whether an axis can show two numbers apart: its labels have ten digits.
bool differ(double low, double high) {
  return high - low > 1e-9 * std::max(std::abs(low), std::abs(high));
}

std::vector<Tick> linear_ticks(double low, double high, std::size_t most) {
  const double step = round_step(high - low, std::max<std::size_t>(most, 2) - 1);
  const double first = std::ceil(low / step - 1e-9), last = std::floor(high / step + 1e-9);
  Unit unit = unit_of(step * std::max(std::abs(first), std::abs(last)));
  if (step / unit.size < 0.01 * (1 - 1e-9)) unit = {1, ""};  // all labels would be equal
  std::vector<Tick> ticks;
  for (double i = first; i <= last; ++i) ticks.push_back({i * step, label(i * step, unit)});
  return ticks;
}

}  // namespace

Axis linear_axis(double low, double high, bool room, std::size_t most) {
  if (!differ(low, high)) {  // a single number: a range around it
    const double around = low == 0 ? 1 : std::abs(low) / 2;
    low -= around;
    high += around;
  }
  const double span = high - low;
  Axis axis{low - (room ? kRoom * span : 0), high + (room ? kRoom * span : 0)};
  axis.ticks = linear_ticks(axis.low, axis.high, most);
  return axis;
}

Axis logarithmic_axis(double low, double high, int base, std::size_t most) {
  if (!differ(low, high)) {
    low /= base == 2 ? 2 : 3;
    high *= base == 2 ? 2 : 3;
  }
  const double room = std::pow(high / low, kRoom);
  Axis axis{low / room, high * room};
  const auto power_at = [&](double x) { return std::log(x) / std::log(base); };
  const double first = std::ceil(power_at(axis.low) - 1e-9);
  const double last = std::floor(power_at(axis.high) + 1e-9);
  const double every = std::max(1.0, std::ceil((last - first + 1) / static_cast<double>(most)));
  const auto add = [&](double at) {
    axis.ticks.push_back({at, label(at, base == 2 ? Unit{1, ""} : unit_of(at))});
  };
  for (double power = first; power <= last; power += every) add(std::pow(base, power));
  if (base == 10 && last - first + 1 < 3) {
    axis.ticks.clear();
    for (double power = first - 1; power <= last; ++power) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double at = factor * std::pow(10, power);
        if (at >= axis.low && at <= axis.high) add(at);
      }
    }
  }
  // The range is too short for powers: round numbers.
  if (axis.ticks.size() < 2) axis.ticks = linear_ticks(axis.low, axis.high, most);
  return axis;
}

}  // namespace seqrl::tools

// A range is a pair of bounds; either may be open.
#pragma once

#include <limits>
#include <optional>
#include <string>

#include "configs/schema/custom_value.h"

namespace seqrl {

// From `low` to `high`, written [low, high]; null leaves a side open: [0.7, null]. When read, -.inf
// and .inf also work in any spelling, because Gymnasium's constructors use infinities.
struct Range final : CustomValue {
  std::optional<double> low, high;  // low < high where both are given

  Range() = default;
  Range(std::optional<double> from, std::optional<double> to) : low(from), high(to) {}

  // The bounds as numbers; an open side is infinite.
  double least() const { return low.value_or(-std::numeric_limits<double>::infinity()); }
  double most() const { return high.value_or(std::numeric_limits<double>::infinity()); }

  bool between(double x) const { return least() < x && x < most(); }     // bounds excluded
  bool contains(double x) const { return least() <= x && x <= most(); }  // bounds included
  double clamp(double x) const { return x < least() ? least() : x > most() ? most() : x; }

  void read(const Tree& tree, const std::string& key) override;
  std::string yaml() const override;
  nlohmann::ordered_json json() const override;
  std::string type() const override { return "[low, high], null = open"; }

  bool operator==(const Range& other) const { return low == other.low && high == other.high; }
};

}  // namespace seqrl

// Weights and ranges by the names of a model's parts.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "configs/schema/custom_value.h"
#include "envs/range.h"

namespace seqrl {

// Names, each with a number: `{root_x: 1, hip: -0.5}`. On the command line a dot is part of a name:
// `weights.torso.x=2` sets torso.x.
struct Weights final : CustomValue {
  using Entries = std::vector<std::pair<std::string, double>>;
  Entries entries;  // in the order of the text, each name once

  void read(const Tree& tree, const std::string& key) override;
  std::string yaml() const override;
  nlohmann::ordered_json json() const override;
  std::string type() const override { return "names with numbers"; }
};

// Names, each with a range: `{root_z: [0.7, null]}`.
struct Ranges final : CustomValue {
  using Entries = std::vector<std::pair<std::string, Range>>;
  Entries entries;

  void read(const Tree& tree, const std::string& key) override;
  std::string yaml() const override;
  nlohmann::ordered_json json() const override;
  std::string type() const override { return "names with [low, high], null = open"; }
};

}  // namespace seqrl

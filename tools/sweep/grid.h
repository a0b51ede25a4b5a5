// A grid: what a sweep varies, any keys of a config, each with a list of values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "configs/schema/custom_value.h"

namespace seqrl::tools {

// `{backbone: [gru, mamba], training.lr: [1e-3, 1e-4]}`, every value kept as it was written. Maps
// in it are keys with dots, so that `{training: {lr: [1e-3]}}` is `{training.lr: [1e-3]}`; a value
// alone is a list of one.
struct Grid final : CustomValue {
  using Entries = std::vector<std::pair<std::string, std::vector<std::string>>>;
  Entries entries;  // in the order of the text, each key once, no list empty

  void read(const Tree& tree, const std::string& key) override;
  std::string yaml() const override;
  nlohmann::ordered_json json() const override;
  std::string type() const override { return "keys with lists of values"; }
};

}  // namespace seqrl::tools

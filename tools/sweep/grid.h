// A grid: the config keys that a sweep varies, each with a list of values.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "configs/schema/custom_value.h"

namespace seqrl::tools {

// `{backbone: [gru, mamba], training.lr: [1e-3, 1e-4]}`, with every value kept as written. Nested
// maps become dotted keys: `{training: {lr: [1e-3]}}` is `{training.lr: [1e-3]}`. A single value is
// a list of one.
struct Grid final : CustomValue {
  using Entries = std::vector<std::pair<std::string, std::vector<std::string>>>;
  Entries entries;  // in the order of the text, each key once, no list empty

  void read(const Tree& tree, const std::string& key) override;
  std::string yaml() const override;
  nlohmann::ordered_json json() const override;
  std::string type() const override { return "keys with lists of values"; }
};

}  // namespace seqrl::tools

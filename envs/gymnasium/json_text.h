// A JSON text is a custom config value: options that only the receiving program understands.
#pragma once

#include <string>

#include "configs/schema/custom_value.h"

namespace seqrl {

// Names with arbitrary values, such as the arguments of a constructor.
struct JsonMap final : CustomValue {
  std::string text = "{}";

  void read(const Tree& tree, const std::string& key) override;
  std::string yaml() const override { return text; }  // JSON on one line is YAML
  nlohmann::ordered_json json() const override;
  std::string type() const override { return "names with values"; }
};

// Classes that are called in turn: names such as "module:Class", or {name: …, args: {…}}.
struct Calls final : CustomValue {
  std::string text = "[]";

  void read(const Tree& tree, const std::string& key) override;
  std::string yaml() const override { return text; }
  nlohmann::ordered_json json() const override;
  std::string type() const override { return "list of names, or of {name: …, args: {…}}"; }
};

}  // namespace seqrl

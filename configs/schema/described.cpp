// Prints values with unknown fields as YAML and as JSON.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "configs/base/error.h"
#include "configs/schema/scalars.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

using Json = nlohmann::ordered_json;

bool is_bare(const Tree& scalar) {
  return !scalar.quoted &&
         (is_number(scalar.text) || scalar.text == "true" || scalar.text == "false");
}

}  // namespace

std::string yaml_value(const Tree& tree) {
  std::vector<std::string> parts;
  switch (tree.kind) {
    case Tree::Kind::null:
      return "null";
    case Tree::Kind::scalar:
      return is_bare(tree) ? tree.text : yaml_scalar(tree.text);
    case Tree::Kind::list:
      for (const Tree& item : tree.items) parts.push_back(yaml_value(item));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    case Tree::Kind::map:
      for (const auto& [key, value] : tree.entries) {
        parts.push_back(yaml_scalar(key) + ": " + yaml_value(value));
      }
      return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  fail_internal_check("a kind of tree", __FILE__, __LINE__);
}

Json json_value(const Tree& tree) {
  Json json;
  switch (tree.kind) {
    case Tree::Kind::null:
      return json;
    case Tree::Kind::scalar: {
      const Json parsed = is_bare(tree) ? Json::parse(tree.text, nullptr, false) : json;
      return parsed.is_number() || parsed.is_boolean() ? parsed : Json(tree.text);
    }
    case Tree::Kind::list:
      json = Json::array();
      for (const Tree& item : tree.items) json.push_back(json_value(item));
      return json;
    case Tree::Kind::map:
      json = Json::object();
      for (const auto& [key, value] : tree.entries) json[key] = json_value(value);
      return json;
  }
  fail_internal_check("a kind of tree", __FILE__, __LINE__);
}

}  // namespace seqrl

#include "envs/gymnasium/json_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "configs/schema/tree.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

// One {name, args}, or a name.
void require_call(const Tree& tree, const std::string& key) {
  if (tree.kind == Tree::Kind::scalar && !tree.text.empty()) return;
  const char* expected = "a name, as in module:Class, or {name: module:Class, args: {…}}";
  if (tree.kind != Tree::Kind::map || tree.find("name") == nullptr) {
    reject_type(tree, key, expected);
  }
  for (const auto& [name, value] : tree.entries) {
    const bool right = (name == "name" && value.kind == Tree::Kind::scalar) ||
                       (name == "args" && value.kind == Tree::Kind::map);
    if (!right) reject_at(value.origin, key + "." + name, std::string("expected ") + expected);
  }
}

}  // namespace

void JsonMap::read(const Tree& tree, const std::string& key) {
  if (tree.kind != Tree::Kind::map) reject_type(tree, key, "names with values, as in {width: 84}");
  text = json_value(tree).dump();
}

nlohmann::ordered_json JsonMap::json() const {
  return nlohmann::ordered_json::parse(text);
}

void Calls::read(const Tree& tree, const std::string& key) {
  if (tree.kind == Tree::Kind::list) {
    for (const Tree& item : tree.items) require_call(item, key);
    text = json_value(tree).dump();
    return;
  }
  require_call(tree, key);  // a single call
  text = nlohmann::ordered_json::array({json_value(tree)}).dump();
}

nlohmann::ordered_json Calls::json() const {
  return nlohmann::ordered_json::parse(text);
}

}  // namespace seqrl

#include "envs/mjcf/named_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "configs/schema/scalars.h"
#include "configs/schema/tree.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

using Json = nlohmann::ordered_json;

struct Named {
  std::string name, key;
  const Tree* value;
};

// Appends the entries of a node that must be a map, each name once. Dots on the command line nest:
// `{torso: {x: 1}}` is `{torso.x: 1}`.
void add_named(const Tree& tree, const std::string& map_key, std::string_view expected,
               const std::string& prefix, std::vector<Named>& all) {
  if (tree.kind != Tree::Kind::map) reject_type(tree, map_key, expected);
  for (const auto& [segment, value] : tree.entries) {
    const Named named{prefix + segment, map_key + "." + segment, &value};
    if (value.kind == Tree::Kind::map) {
      add_named(value, named.key, expected, named.name + ".", all);
      continue;
    }
    const auto found = std::ranges::find(all, named.name, &Named::name);
    if (found == all.end()) {
      all.push_back(named);
      continue;
    }
    // An override wins over the file, and a single name's override over one of the whole map: the
    // longer key is the later one, since an override may not undo another.
    const auto length = [](const Named& entry) { return entry.value->origin.override.size(); };
    if (length(named) == length(*found)) reject_at(value.origin, named.key, "given twice");
    if (length(named) > length(*found)) *found = named;
  }
}

std::vector<Named> named_values(const Tree& tree, const std::string& key,
                                std::string_view expected) {
  std::vector<Named> all;
  add_named(tree, key, expected, "", all);
  return all;
}

// {NAME: VALUE, …}, the values as `yaml` prints them.
template <class Entries, class Print>
std::string map_yaml(const Entries& entries, const Print& yaml) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : entries) parts.push_back(yaml_scalar(name) + ": " + yaml(value));
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

}  // namespace

void Weights::read(const Tree& tree, const std::string& key) {
  entries.clear();
  for (const auto& [name, name_key, value] :
       named_values(tree, key, "names, each with a number, as in {root_x: 1}")) {
    entries.emplace_back(name, read_number(*value, name_key));
  }
}

std::string Weights::yaml() const {
  return map_yaml(entries, [](double weight) { return yaml_scalar(weight); });
}

Json Weights::json() const {
  Json object = Json::object();
  for (const auto& [name, weight] : entries) object[name] = weight;
  return object;
}

void Ranges::read(const Tree& tree, const std::string& key) {
  entries.clear();
  for (const auto& [name, name_key, value] :
       named_values(tree, key, "names, each with two numbers, as in {root_z: [0.7, null]}")) {
    entries.emplace_back(name, Range()).second.read(*value, name_key);
  }
}

std::string Ranges::yaml() const {
  return map_yaml(entries, [](const Range& range) { return range.yaml(); });
}

Json Ranges::json() const {
  Json object = Json::object();
  for (const auto& [name, range] : entries) object[name] = range.json();
  return object;
}

}  // namespace seqrl

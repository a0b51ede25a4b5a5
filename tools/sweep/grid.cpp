#include "tools/sweep/grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "configs/base/error.h"
#include "configs/schema/scalars.h"
#include "configs/schema/tree.h"
#include "configs/schema/values.h"

namespace seqrl::tools {
namespace {

// A value as written, on one line.
std::string as_written(const Tree& tree) {
  std::vector<std::string> parts;
  switch (tree.kind) {
    case Tree::Kind::null:
      return "null";
    case Tree::Kind::scalar:
      return tree.quoted ? yaml_scalar(tree.text) : tree.text;
    case Tree::Kind::list:
      for (const Tree& item : tree.items) parts.push_back(as_written(item));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    case Tree::Kind::map:
      for (const auto& [key, value] : tree.entries) parts.push_back(key + ": " + as_written(value));
      return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  fail_internal_check("a kind of tree", __FILE__, __LINE__);
}

void add(const Tree& tree, const std::string& grid_key, const std::string& prefix,
         Grid::Entries& entries) {
  for (const Tree::Entry& entry : tree.entries) {
    const Tree& value = entry.value;
    const std::string key = prefix + entry.key;
    const auto refuse = [&](std::string_view problem) {
      reject_at(value.origin, grid_key, fmt::format("{}: {}", key, problem));
    };
    if (value.kind == Tree::Kind::map) {
      add(value, grid_key, key + ".", entries);
      continue;
    }
    if (value.kind == Tree::Kind::null) refuse("has no value; give a list of values");
    const auto found = std::ranges::find(entries, key, &Grid::Entries::value_type::first);
    // The command line's nested keys override the file's dotted ones.
    if (found != entries.end() && value.origin.override.empty()) refuse("given twice");
    std::vector<std::string>& values =
        found != entries.end() ? found->second
                               : entries.emplace_back(key, std::vector<std::string>()).second;
    values.clear();
    if (value.kind == Tree::Kind::scalar) values.push_back(as_written(value));
    for (const Tree& item : value.items) values.push_back(as_written(item));
    if (values.empty()) refuse("an empty list; give at least one value");
  }
}

}  // namespace

void Grid::read(const Tree& tree, const std::string& key) {
  if (tree.kind != Tree::Kind::map) reject_type(tree, key, "keys, each with a list of values");
  entries.clear();
  add(tree, key, "", entries);
}

std::string Grid::yaml() const {
  std::vector<std::string> parts;
  for (const auto& [key, values] : entries) {
    parts.push_back(fmt::format("{}: [{}]", key, fmt::join(values, ", ")));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

nlohmann::ordered_json Grid::json() const {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [key, values] : entries) object[key] = values;
  return object;
}

}  // namespace seqrl::tools

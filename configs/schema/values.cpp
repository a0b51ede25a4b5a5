#include "configs/schema/values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/schema/scalars.h"

namespace seqrl {
namespace {

// Where a value stands and what it must satisfy.
struct Place {
  const Tree& tree;
  const std::string& key;
  const std::vector<Rule>& rules;

  [[noreturn]] void reject(std::string_view problem) const { reject_at(tree.origin, key, problem); }
  Place element(const Tree& item) const { return {item, key, rules}; }
};

std::string rules_text(const std::vector<Rule>& rules) {
  std::vector<std::string> texts;
  for (const Rule& rule : rules) {
    if (!rule.text.empty()) texts.push_back(rule.text);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

[[noreturn]] void reject_type(const Place& place, std::string_view expected,
                              std::string_view hint) {
  const Tree& tree = place.tree;
  if (tree.kind == Tree::Kind::null) {
    place.reject(fmt::format("has no value; give {}, or remove the key", expected));
  }
  const std::string got = tree.kind == Tree::Kind::list  ? "a list"
                          : tree.kind == Tree::Kind::map ? "a section"
                          : tree.quoted ? fmt::format("the quoted text {}", shown(tree.text))
                                        : shown(tree.text);
  place.reject(fmt::format("expected {}, got {}{}", expected, got, hint));
}

// What to write instead of a `text` that looks like a number and is none of ours.
std::string number_hint(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string_view word =
      std::string_view(lower).substr(std::min(lower.find_first_not_of("+-."), lower.size()));
  if (word == "nan" || word == "inf" || word == "infinity") return "; it must be finite";
  const bool digits = lower.find_first_of("0123456789") != std::string::npos;
  const std::string decimal = "; write it in decimal, as in 1000, 0.1 or 1e-4";
  const bool several = lower.find(',') != std::string::npos;
  return !digits ? "" : several ? decimal + ", and a list in brackets, [1000,2000]" : decimal;
}

// Throws unless `place` holds a plain scalar that is a decimal number; without its plus sign.
std::string_view number_text(const Place& place, std::string_view expected) {
  const Tree& tree = place.tree;
  if (tree.kind != Tree::Kind::scalar) reject_type(place, expected, "");
  if (tree.quoted) reject_type(place, expected, "; remove the quotes");
  if (!is_number(tree.text)) reject_type(place, expected, number_hint(tree.text));
  std::string_view text = tree.text;
  if (text[0] == '+') text.remove_prefix(1);
  return text;
}

double parse_double(const Place& place, std::string_view text) {
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || !std::isfinite(value)) {
    place.reject(fmt::format("{} does not fit a double", one_line(text)));
  }
  return value;
}

void check_number(const Place& place, double value) {
  for (const Rule& rule : place.rules) {
    if (rule.number && !rule.number(value)) {
      place.reject(fmt::format("{} is out of range; must be {}", one_line(place.tree.text),
                               rules_text(place.rules)));
    }
  }
}

void expand_home(const Place& place, std::string& path) {
  try {
    path = home_expanded(path);
  } catch (const Error& error) {
    place.reject(error.what());
  }
}

void read(const Place& place, bool& value) {
  const Tree& tree = place.tree;
  const bool plain = tree.kind == Tree::Kind::scalar && !tree.quoted;
  if (!plain || (tree.text != "true" && tree.text != "false")) {
    const std::string hint =
        tree.kind == Tree::Kind::scalar && tree.quoted ? "; remove the quotes" : "";
    reject_type(place, "true or false", hint);
  }
  value = tree.text == "true";
}

void read(const Place& place, double& value) {
  value = parse_double(place, number_text(place, "a number"));
  check_number(place, value);
}

template <std::integral Integer>
void read(const Place& place, Integer& value) {
  const std::string_view text = number_text(place, "an integer");
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    // Not digits alone (1e5), or too many of them. Whole doubles are exact up to 2^53.
    const double number = parse_double(place, text);
    if (number != std::floor(number)) {
      place.reject(fmt::format("expected an integer, got {}", one_line(text)));
    }
    constexpr double kExact = 9007199254740992.0;
    constexpr auto kLow = std::numeric_limits<Integer>::min();
    constexpr auto kHigh = std::numeric_limits<Integer>::max();
    const bool digits_alone = text.find_first_of(".eE") == std::string_view::npos;
    if (digits_alone || std::abs(number) > kExact || number < static_cast<double>(kLow) ||
        number > static_cast<double>(kHigh)) {
      place.reject(
          fmt::format("{} does not fit; must be from {} to {}", one_line(text), kLow, kHigh));
    }
    value = static_cast<Integer>(number);
  }
  check_number(place, static_cast<double>(value));
}

void read(const Place& place, std::string& value) {
  if (place.tree.kind != Tree::Kind::scalar) reject_type(place, "a string", "");
  value = place.tree.text;
  for (const Rule& rule : place.rules) {
    if (rule.path) expand_home(place, value);
    if (rule.not_empty && value.empty()) place.reject("is empty; give it a value");
    if (!rule.string || rule.string(value)) continue;
    if (!rule.choices.empty()) {
      place.reject(fmt::format("{} is no choice{}", shown(value), suggestion(value, rule.choices)));
    }
    place.reject(
        fmt::format("{} is not allowed; must be {}", shown(value), rules_text(place.rules)));
  }
}

template <class T>
void read(const Place& place, std::optional<T>& value) {
  if (place.tree.kind == Tree::Kind::null) {
    value.reset();
  } else {
    read(place, value.emplace());
  }
}

template <class T>
void read(const Place& place, std::vector<T>& values) {
  values.clear();
  if (place.tree.kind != Tree::Kind::list) {
    read(place, values.emplace_back());
    return;
  }
  for (const Tree& item : place.tree.items) read(place.element(item), values.emplace_back());
  const bool not_empty = std::any_of(place.rules.begin(), place.rules.end(),
                                     [](const Rule& rule) { return rule.not_empty; });
  if (values.empty() && not_empty) place.reject("is an empty list; give at least one value");
}

std::string yaml(const Tree& tree);

void add_to_grid(const Place& place, const Tree& tree, const std::string& prefix, Grid& grid) {
  for (const Tree::Entry& entry : tree.entries) {
    const Tree& value = entry.value;
    const std::string key = prefix + entry.key;
    const auto refuse = [&](std::string_view problem) {
      reject_at(value.origin, place.key, fmt::format("{}: {}", key, problem));
    };
    if (value.kind == Tree::Kind::map) {
      add_to_grid(place, value, key + ".", grid);
      continue;
    }
    if (value.kind == Tree::Kind::null) refuse("has no value; give a list of values");
    const auto found = std::ranges::find(grid, key, &Grid::value_type::first);
    // The command line's nested keys win over the file's dotted ones.
    if (found != grid.end() && value.origin.override.empty()) refuse("given twice");
    std::vector<std::string>& values =
        found != grid.end() ? found->second
                            : grid.emplace_back(key, std::vector<std::string>()).second;
    values.clear();
    if (value.kind == Tree::Kind::scalar) values.push_back(yaml(value));
    for (const Tree& item : value.items) values.push_back(yaml(item));
    if (values.empty()) refuse("an empty list; give at least one value");
  }
}

void read(const Place& place, Grid& grid) {
  if (place.tree.kind != Tree::Kind::map) {
    reject_type(place, "keys, each with a list of values", "");
  }
  grid.clear();
  add_to_grid(place, place.tree, "", grid);
}

struct Named {
  std::string name, key;
  const Tree* value;
};

// The entries of what must be a map, each name once. The command line's dots nest: `{torso: {x:
// 1}}` is `{torso.x: 1}`.
void add_named(const Place& place, std::string_view expected, const std::string& prefix,
               std::vector<Named>& all) {
  if (place.tree.kind != Tree::Kind::map) reject_type(place, expected, "");
  for (const auto& [segment, value] : place.tree.entries) {
    const Named named{prefix + segment, place.key + "." + segment, &value};
    if (value.kind == Tree::Kind::map) {
      add_named({value, named.key, place.rules}, expected, named.name + ".", all);
      continue;
    }
    const auto found = std::ranges::find(all, named.name, &Named::name);
    if (found == all.end()) {
      all.push_back(named);
      continue;
    }
    // An override wins over the file, and one of a single name over one of them all: the longer
    // key is the later one, since an override may not undo another.
    const auto length = [](const Named& entry) { return entry.value->origin.override.size(); };
    if (length(named) == length(*found)) reject_at(value.origin, named.key, "given twice");
    if (length(named) > length(*found)) *found = named;
  }
}

// Calls `add(name, value)` for each entry of what must be a map.
template <class Add>
void read_named(const Place& place, std::string_view expected, const Add& add) {
  std::vector<Named> all;
  add_named(place, expected, "", all);
  for (const auto& [name, key, value] : all) add(name, Place{*value, key, place.rules});
}

void read(const Place& place, Weights& weights) {
  weights.clear();
  read_named(place, "names, each with a number, as in {root_x: 1}",
             [&](const std::string& name, const Place& value) {
               read(value, weights.emplace_back(name, 0).second);
             });
}

void read(const Place& place, Range& range) {
  const bool pair = place.tree.kind == Tree::Kind::list && place.tree.items.size() == 2;
  if (!pair) reject_type(place, "two numbers [low, high], null for an open side", "");
  read(place.element(place.tree.items[0]), range.low);
  read(place.element(place.tree.items[1]), range.high);
  if (range.low && range.high && *range.low >= *range.high) {
    place.reject(fmt::format("an empty range: {} is not below {}", *range.low, *range.high));
  }
}

void read(const Place& place, Ranges& ranges) {
  ranges.clear();
  read_named(place, "names, each with two numbers, as in {root_z: [0.7, null]}",
             [&](const std::string& name, const Place& value) {
               read(value, ranges.emplace_back(name, Range()).second);
             });
}

std::string yaml(double value) {
  return yaml_scalar(value);
}
std::string yaml(const std::string& value) {
  return yaml_scalar(value);
}
std::string yaml(bool value) {
  return value ? "true" : "false";
}
template <std::integral Integer>
std::string yaml(Integer value) {
  return fmt::format("{}", value);
}

template <class T>
std::string yaml(const std::optional<T>& value) {
  return value ? yaml(*value) : "null";
}

template <class T>
std::string yaml(const std::vector<T>& values) {
  std::vector<std::string> texts(values.size());
  std::transform(values.begin(), values.end(), texts.begin(), [](const T& v) { return yaml(v); });
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string yaml(const Tree& tree) {
  std::vector<std::string> parts;
  switch (tree.kind) {
    case Tree::Kind::null:
      return "null";
    case Tree::Kind::scalar:
      return tree.quoted ? yaml(tree.text) : tree.text;
    case Tree::Kind::list:
      for (const Tree& item : tree.items) parts.push_back(yaml(item));
      return fmt::format("[{}]", fmt::join(parts, ", "));
    case Tree::Kind::map:
      for (const auto& [key, value] : tree.entries) parts.push_back(key + ": " + yaml(value));
      return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  SEQRL_CHECK(false);
}

std::string yaml(const Grid& grid) {
  std::vector<std::string> parts;
  for (const auto& [key, values] : grid) {
    parts.push_back(fmt::format("{}: [{}]", key, fmt::join(values, ", ")));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

std::string yaml(const Range& range) {
  return fmt::format("[{}, {}]", yaml(range.low), yaml(range.high));
}

template <class T>
std::string yaml(const std::vector<std::pair<std::string, T>>& named) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : named) parts.push_back(yaml(name) + ": " + yaml(value));
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

template <class T>
nlohmann::ordered_json json(const T& value) {
  return value;
}
template <class T>
nlohmann::ordered_json json(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}
nlohmann::ordered_json json(const Grid& grid) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [key, values] : grid) object[key] = values;
  return object;
}

nlohmann::ordered_json json(const Weights& weights) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : weights) object[name] = value;
  return object;
}
nlohmann::ordered_json json(const Ranges& ranges) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  for (const auto& [name, value] : ranges) object[name] = {json(value.low), json(value.high)};
  return object;
}

template <class T>
struct TypeName {
  static std::string of(const std::vector<Rule>& rules, std::string_view plural) {
    const std::string name = std::is_same_v<T, bool>          ? "true or false"
                             : std::is_same_v<T, double>      ? "number"
                             : std::is_same_v<T, std::string> ? "string"
                                                              : "integer";
    std::string text = rules_text(rules);
    for (const Rule& rule : rules) {
      if (!rule.choices.empty()) return text;
    }
    return fmt::format("{}{}{}{}", name, plural, text.empty() ? "" : ", ", text);
  }
};
template <class T>
struct TypeName<std::optional<T>> {
  static std::string of(const std::vector<Rule>& rules, std::string_view) {
    return TypeName<T>::of(rules, "") + ", or null";
  }
};
template <class T>
struct TypeName<std::vector<T>> {
  static std::string of(const std::vector<Rule>& rules, std::string_view) {
    return "list of " + TypeName<T>::of(rules, "s");
  }
};
template <>
struct TypeName<Grid> {
  static std::string of(const std::vector<Rule>&, std::string_view) {
    return "keys with lists of values";
  }
};

template <>
struct TypeName<Weights> {
  static std::string of(const std::vector<Rule>&, std::string_view) { return "names with numbers"; }
};
template <>
struct TypeName<Ranges> {
  static std::string of(const std::vector<Rule>&, std::string_view) {
    return "names with [low, high], null = open";
  }
};

// Calls `function` with what `field.value` points to, which must be no section.
template <class Function>
auto visit_value(const Field& field, const Function& function) {
  using Result = decltype(function(std::declval<bool&>()));
  return std::visit(
      [&](auto* value) -> Result {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Fields> || std::is_same_v<T, AnyKindSection>) {
          fail_internal_check("a field that is no section", __FILE__, __LINE__);
        } else {
          return function(*value);
        }
      },
      field.value);
}

}  // namespace

void read_value(const Field& field, const Tree& tree, const std::string& key) {
  visit_value(field, [&](auto& value) { read(Place{tree, key, field.rules}, value); });
}

std::string yaml_value(const Field& field) {
  return visit_value(field, [](const auto& value) { return yaml(value); });
}

nlohmann::ordered_json json_value(const Field& field) {
  return visit_value(field, [](const auto& value) { return json(value); });
}

std::string describe_type(const Field& field) {
  return visit_value(field, [&](const auto& value) {
    return TypeName<std::remove_cvref_t<decltype(value)>>::of(field.rules, "");
  });
}

}  // namespace seqrl

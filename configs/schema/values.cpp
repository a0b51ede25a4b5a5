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
#include "configs/schema/custom_value.h"
#include "configs/schema/scalars.h"

namespace seqrl {
namespace {

// The position of a value and the rules for it.
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
  reject_type(place.tree, place.key, expected, hint);
}

// What to write instead of a `text` that looks like a number but is not valid here.
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

// Throws unless `place` holds a plain decimal number. Returns it without its plus sign.
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
    // Not only digits (1e5), or too many of them. Whole doubles are exact up to 2^53.
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
      const bool in_range =
          number >= static_cast<double>(kLow) && number < static_cast<double>(kHigh);
      place.reject(fmt::format("{} does not fit; must be from {} to {}{}", one_line(text), kLow,
                               kHigh, in_range ? ", above 2^53 without an exponent" : ""));
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
      place.reject(
          fmt::format("{} is not a valid choice{}", shown(value), suggestion(value, rule.choices)));
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

void read(const Place& place, CustomValue& value) {
  value.read(place.tree, place.key);
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

std::string yaml(const CustomValue& value) {
  return value.yaml();
}

template <class T>
nlohmann::ordered_json json(const T& value) {
  return value;
}
template <class T>
nlohmann::ordered_json json(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}
nlohmann::ordered_json json(const CustomValue& value) {
  return value.json();
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

// Calls `function` with the target of `field.value`, which must not be a section.
template <class Function>
auto visit_value(const Field& field, const Function& function) {
  using Result = decltype(function(std::declval<bool&>()));
  return std::visit(
      [&](auto* value) -> Result {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, Fields> || std::is_same_v<T, AnyKindSection>) {
          fail_internal_check("a field that is not a section", __FILE__, __LINE__);
        } else {
          return function(*value);
        }
      },
      field.value);
}

}  // namespace

void reject_type(const Tree& tree, const std::string& key, std::string_view expected,
                 std::string_view hint) {
  if (tree.kind == Tree::Kind::null) {
    reject_at(tree.origin, key, fmt::format("has no value; give {}, or remove the key", expected));
  }
  const std::string got = tree.kind == Tree::Kind::list  ? "a list"
                          : tree.kind == Tree::Kind::map ? "a section"
                          : tree.quoted ? fmt::format("the quoted text {}", shown(tree.text))
                                        : shown(tree.text);
  reject_at(tree.origin, key, fmt::format("expected {}, got {}{}", expected, got, hint));
}

double read_number(const Tree& tree, const std::string& key) {
  double value = 0;
  read(Place{tree, key, {}}, value);
  return value;
}

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
  return visit_value(field, [&](const auto& value) -> std::string {
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<T, CustomValue>) {
      return value.type();
    } else {
      return TypeName<T>::of(field.rules, "");
    }
  });
}

}  // namespace seqrl

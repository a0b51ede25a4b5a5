#include "configs/schema/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <type_traits>

#include "configs/base/error.h"

namespace seqrl {
namespace {

template <class T>
struct ElementOf {
  using type = T;
};
template <class T>
struct ElementOf<std::optional<T>> : ElementOf<T> {};
template <class T>
struct ElementOf<std::vector<T>> : ElementOf<T> {};

// Whether `rule` applies to the type that `value` points to.
bool applies(const Rule& rule, const FieldPointer& value) {
  return std::visit(
      [&](auto* pointer) {
        using T = std::remove_pointer_t<decltype(pointer)>;
        using Element = typename ElementOf<T>::type;
        constexpr bool number = std::is_arithmetic_v<Element> && !std::is_same_v<Element, bool>;
        constexpr bool string = std::is_same_v<Element, std::string>;
        constexpr bool list =
            !std::is_same_v<T, Element> && !std::is_same_v<T, std::optional<Element>>;
        return (!rule.number || number) && (!rule.string || string) &&
               (!rule.not_empty || list || string) && (!rule.path || string);
      },
      value);
}

}  // namespace

Rule at_least(double low) {
  return {.text = fmt::format("at least {}", low),
          .number = [low](double value) { return value >= low; },
          .low = Rule::Bound{low}};
}

Rule at_most(double high) {
  return {.text = fmt::format("at most {}", high),
          .number = [high](double value) { return value <= high; },
          .high = Rule::Bound{high}};
}

Rule less_than(double high) {
  return {.text = fmt::format("less than {}", high),
          .number = [high](double value) { return value < high; },
          .high = Rule::Bound{high, true}};
}

Rule positive() {
  return {.text = "positive",
          .number = [](double value) { return value > 0; },
          .low = Rule::Bound{0, true}};
}

Rule in_range(double low, double high) {
  return {.text = fmt::format("from {} to {}", low, high),
          .number = [low, high](double value) { return low <= value && value <= high; },
          .low = Rule::Bound{low},
          .high = Rule::Bound{high}};
}

Rule one_of(std::vector<std::string> names) {
  Rule rule{fmt::format("{}", fmt::join(names, " | "))};
  rule.string = [names](const std::string& value) {
    return std::find(names.begin(), names.end(), value) != names.end();
  };
  rule.choices = std::move(names);
  return rule;
}

Rule not_empty() {
  Rule rule{"not empty"};
  rule.not_empty = true;
  return rule;
}

Rule required() {
  Rule rule{""};
  rule.required = true;
  return rule;
}

Rule file_path() {
  Rule rule{""};
  rule.path = true;
  return rule;
}

Rule number_that(std::string text, std::function<bool(double)> holds) {
  return {std::move(text), std::move(holds)};
}

Rule string_that(std::string text, std::function<bool(const std::string&)> holds) {
  return {std::move(text), nullptr, std::move(holds)};
}

bool Field::required() const {
  return std::any_of(rules.begin(), rules.end(), [](const Rule& rule) { return rule.required; });
}

AnyKindSection* Field::kinds() const {
  AnyKindSection* const* pointer = std::get_if<AnyKindSection*>(&value);
  return pointer == nullptr ? nullptr : *pointer;
}

void Fields::operator()(std::string name, CustomValue& value, std::string help) {
  add(std::move(name), &value, std::move(help), {});
}

void Fields::operator()(std::string name, AnyKindSection& section, std::string help) {
  add(std::move(name), &section, std::move(help), {});
}

void Fields::check(std::string name, std::function<bool()> holds, std::string text) {
  SEQRL_CHECK(find(name) != nullptr);
  checks_.push_back({std::move(name), std::move(holds), std::move(text)});
}

void Fields::first(const std::string& name,
                   std::function<void(PluginUse use, bool overridden)> then) {
  const auto found = std::ranges::find(fields_, name, &Field::name);
  SEQRL_CHECK(found != fields_.end() && found->section == nullptr && found->kinds() == nullptr);
  found->then = std::move(then);
}

const Field* Fields::find(std::string_view name) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(),
                                  [&](const Field& field) { return field.name == name; });
  return found == fields_.end() ? nullptr : &*found;
}

std::vector<std::string> Fields::names() const {
  std::vector<std::string> names;
  for (const Field& field : fields_) names.push_back(field.name);
  return names;
}

Fields Fields::without(const std::function<bool(const Field&)>& drop) const {
  Fields kept;
  std::remove_copy_if(fields_.begin(), fields_.end(), std::back_inserter(kept.fields_), drop);
  return kept;
}

void Fields::add(std::string name, FieldPointer value, std::string help, std::vector<Rule> rules) {
  SEQRL_CHECK(find(name) == nullptr);
  for (const Rule& rule : rules) SEQRL_CHECK(applies(rule, value));
  fields_.push_back({std::move(name), std::move(help), value, std::move(rules), nullptr, nullptr});
}

void Fields::add_section(std::string name, Fields section, std::string help) {
  auto fields = std::make_shared<Fields>(std::move(section));
  Fields* pointer = fields.get();
  add(std::move(name), pointer, std::move(help), {});
  fields_.back().section = std::move(fields);
}

}  // namespace seqrl

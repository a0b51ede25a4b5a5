// A config struct declares its fields once; reading, printing, range checks, defaults and
// `seqrl help config` follow from them.
//
//   struct TrainingConfig {
//     std::int64_t steps = 100000;
//     double lr = 1e-4;
//     std::vector<std::string> mode{"window"};
//     void fields(Fields& field) {
//       field("steps", steps, "optimizer steps", at_least(1));
//       field("lr", lr, "peak learning rate", positive());
//       field("mode", mode, "ways to evaluate", one_of({"window", "stream"}), not_empty());
//     }
//   };
//
// A field's default is its value in a newly constructed struct. A struct that inherits from another
// calls `Base::fields(field)` first. Any type with a `fields(Fields&)` member is a section.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace seqrl {

class Fields;
class AnyKindSection;
class CustomValue;

// A pointer to the value of a field. An optional reads and prints `null`; a list also reads a
// scalar, as its only element.
using FieldPointer =
    std::variant<bool*, int*, std::int64_t*, std::uint64_t*, double*, std::string*,
                 std::optional<bool>*, std::optional<int>*, std::optional<std::int64_t>*,
                 std::optional<std::uint64_t>*, std::optional<double>*, std::optional<std::string>*,
                 std::vector<int>*, std::vector<std::int64_t>*, std::vector<double>*,
                 std::vector<std::string>*, CustomValue*, Fields*, AnyKindSection*>;

template <class T>
concept FieldValue =
    std::constructible_from<FieldPointer, std::in_place_type_t<T*>, T*> &&
    !std::same_as<T, CustomValue> && !std::same_as<T, Fields> && !std::same_as<T, AnyKindSection>;

template <class T>
concept ConfigSection = requires(T& section, Fields& fields) {
  section.fields(fields);
};

// A condition on a value besides its type; in a list, on every element. A rule for numbers on a
// field of strings (or the reverse) is an internal error.
struct Rule {
  std::string text;                              // completes "must be …"; shown in the help
  std::function<bool(double)> number = nullptr;  // set: a rule for numbers
  std::function<bool(const std::string&)> string = nullptr;  // set: a rule for strings
  std::vector<std::string> choices = {};                     // of one_of
  bool required = false;                                     // of required
  bool not_empty = false;                                    // of not_empty
  bool path = false;                                         // of file_path
  // The bounds set by the number rules below, for a JSON schema.
  struct Bound {
    double value;
    bool exclusive = false;
  };
  std::optional<Bound> low = std::nullopt, high = std::nullopt;
};

Rule at_least(double low);                    // value >= low
Rule at_most(double high);                    // value <= high
Rule less_than(double high);                  // value < high
Rule positive();                              // value > 0
Rule in_range(double low, double high);       // low <= value <= high
Rule one_of(std::vector<std::string> names);  // an enumeration as a string
Rule not_empty();                             // lists and strings
Rule required();                              // has no default: the config must give it
Rule file_path();                             // for files: expands a leading ~/
// Any other predicate; `text` completes "must be …", as in "a power of two".
Rule number_that(std::string text, std::function<bool(double)> holds);
Rule string_that(std::string text, std::function<bool(const std::string&)> holds);

// How reading a config handles plugins named in its text (configs/schema/plugin.h), which are code.
// Plugins named by an override are always loaded.
enum class PluginUse {
  refuse,    // an Error that says how to allow plugins that are not loaded yet
  load,      // loads them: for a config that the user wants to be trained
  describe,  // loads none; sections of unknown kinds are read as they are, for display
};

struct Field {
  std::string name;
  std::string help;  // one line
  FieldPointer value;
  std::vector<Rule> rules;
  std::shared_ptr<Fields> section;  // the target of `value` if it is a section
  // Set by first(); `overridden`: the value comes from an override.
  std::function<void(PluginUse use, bool overridden)> then = nullptr;

  bool required() const;
  AnyKindSection* kinds() const;  // the target of `value` if it is a section with a kind
};

// The fields of one struct, bound to one object: valid while that object is not moved.
class Fields {
 public:
  // A relation between fields, checked after reading.
  struct Check {
    std::string name;  // the field to name in the error
    std::function<bool()> holds;
    std::string text;  // completes "must …", as in "divide dim"
  };

  // A fault in a section and its position: the keys that lead to it, starting with a field's key.
  struct Fault {
    std::vector<std::string> keys;
    std::string text;
  };

  template <ConfigSection T>
  static Fields of(T& section) {
    Fields fields;
    section.fields(fields);
    return fields;
  }

  // Declares a value.
  template <FieldValue T>
  void operator()(std::string name, T& value, std::string help, std::same_as<Rule> auto... rules) {
    add(std::move(name), &value, std::move(help), {std::move(rules)...});
  }

  // Declares a nested section.
  template <ConfigSection T>
  void operator()(std::string name, T& section, std::string help) {
    add_section(std::move(name), of(section), std::move(help));
  }

  // Declares a value with a custom form (configs/schema/custom_value.h).
  void operator()(std::string name, CustomValue& value, std::string help);

  // Declares a section with a `kind`, which decides the other keys (configs/schema/kinds.h).
  void operator()(std::string name, AnyKindSection& section, std::string help);

  // Declares a relation between fields: `field.check("heads", [this] { return dim % heads == 0; },
  // "divide dim")`. Evaluated only when every field could be read.
  void check(std::string name, std::function<bool()> holds, std::string text);

  // Reads the field `name`, a value, and calls `then` before the rest of the config is read. This
  // is for fields that make other keys known. A rejection by `then` is reported at the field's
  // position.
  void first(const std::string& name, std::function<void(PluginUse use, bool overridden)> then);

  // Declares a check that needs all fields, or information beyond them: `find` returns the first
  // fault, if any. Called if every field could be read and every relation holds.
  void inspect(std::function<std::optional<Fault>()> find) {
    inspections_.push_back(std::move(find));
  }

  const std::vector<Field>& all() const { return fields_; }
  const std::vector<Check>& checks() const { return checks_; }
  const std::vector<std::function<std::optional<Fault>()>>& inspections() const {
    return inspections_;
  }
  const Field* find(std::string_view name) const;  // nullptr when there is none
  std::vector<std::string> names() const;

  // A copy without the fields for which `drop` holds and without checks.
  Fields without(const std::function<bool(const Field&)>& drop) const;

 private:
  void add(std::string name, FieldPointer value, std::string help, std::vector<Rule> rules);
  void add_section(std::string name, Fields section, std::string help);

  std::vector<Field> fields_;
  std::vector<Check> checks_;
  std::vector<std::function<std::optional<Fault>()>> inspections_;
};

}  // namespace seqrl

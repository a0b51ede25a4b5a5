// Creates the JSON schema of a config's fields.
#include <nlohmann/json.hpp>
#include <type_traits>

#include "configs/schema/config.h"
#include "configs/schema/custom_value.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

using Json = nlohmann::ordered_json;

Json object_of(const Fields& fields);

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsList : std::false_type {};
template <class T>
struct IsList<std::vector<T>> : std::true_type {};

void add_rules(const std::vector<Rule>& rules, Json& schema) {
  for (const Rule& rule : rules) {
    if (rule.low) schema[rule.low->exclusive ? "exclusiveMinimum" : "minimum"] = rule.low->value;
    if (rule.high) schema[rule.high->exclusive ? "exclusiveMaximum" : "maximum"] = rule.high->value;
    if (!rule.choices.empty()) schema = {{"enum", rule.choices}};
  }
}

// A value of type T, or each element of a list of them.
template <class T>
Json scalar(const std::vector<Rule>& rules) {
  Json schema;
  if constexpr (std::is_same_v<T, bool>) {
    schema["type"] = "boolean";
  } else if constexpr (std::is_integral_v<T>) {
    schema["type"] = "integer";
  } else if constexpr (std::is_floating_point_v<T>) {
    schema["type"] = "number";
  } else {
    schema["type"] = {"string", "number", "boolean"};  // a name may look like a number
  }
  add_rules(rules, schema);
  return schema;
}

template <class T>
Json type_of(const std::vector<Rule>& rules) {
  if constexpr (IsOptional<T>::value) {
    return {{"anyOf", {scalar<typename T::value_type>(rules), {{"type", "null"}}}}};
  } else if constexpr (IsList<T>::value) {
    const Json element = scalar<typename T::value_type>(rules);
    return {{"anyOf", {{{"type", "array"}, {"items", element}}, element}}};
  } else {
    return scalar<T>(rules);
  }
}

// A section with the keys of the chosen kind.
Json options_of(Fields fields, const Json& kind_schema) {
  Json schema = object_of(fields);
  Json properties = {{"kind", kind_schema}};
  properties.update(schema["properties"]);
  schema["properties"] = std::move(properties);
  return schema;
}

// A kind's name alone, or a section that may name the kind, with the keys of each kind.
Json kinds_of(AnyKindSection& section) {
  const KindTable& table = section.table();
  std::vector<std::string> names = table.names();
  for (const auto& [alias, kind] : table.aliases()) names.push_back(alias);
  Json sections = Json::array();
  for (const KindTable::Kind& kind : table.all()) {
    Json spelled = {kind.name};
    for (const auto& [alias, named] : table.aliases()) {
      if (named == kind.name) spelled.push_back(alias);
    }
    const std::unique_ptr<KindOptions> options = kind.make();
    Json schema = options_of(options->fields(), {{"enum", spelled}, {"description", kind.help}});
    if (kind.name != section.kind()) schema["required"] = {"kind"};
    schema["title"] = kind.name;
    sections.push_back(std::move(schema));
  }
  Json schema = {{"anyOf", Json::array({{{"enum", names}}})}};
  for (Json& each : sections) schema["anyOf"].push_back(std::move(each));
  if (!section.empty()) schema["default"] = section.kind();
  return schema;
}

Json schema_of(const Field& field) {
  if (field.section != nullptr) return object_of(*field.section);
  if (field.kinds() != nullptr) return kinds_of(*field.kinds());
  Json schema = std::visit(
      [&](auto* value) -> Json {
        using T = std::remove_pointer_t<decltype(value)>;
        if constexpr (std::is_same_v<T, CustomValue> || std::is_same_v<T, Fields> ||
                      std::is_same_v<T, AnyKindSection>) {
          return Json::object();  // of any form
        } else {
          return type_of<T>(field.rules);
        }
      },
      field.value);
  if (!field.required()) schema["default"] = json_value(field);
  return schema;
}

Json object_of(const Fields& fields) {
  Json properties = Json::object(), required = Json::array();
  for (const Field& field : fields.all()) {
    Json schema = schema_of(field);
    schema["description"] = field.help;
    properties[field.name] = std::move(schema);
    if (field.required()) required.push_back(field.name);
  }
  Json schema = {{"type", "object"}, {"properties", properties}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

}  // namespace

Json fields_schema(const Fields& fields, const std::string& title) {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", title}};
  schema.update(object_of(fields));
  return schema;
}

}  // namespace seqrl

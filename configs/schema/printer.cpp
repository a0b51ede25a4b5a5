// Prints fields as YAML and as JSON.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "configs/base/error.h"
#include "configs/schema/config.h"
#include "configs/schema/scalars.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

// `field` as a section with a kind, which must be chosen; nullptr for other fields.
AnyKindSection* chosen(const Field& field) {
  SEQRL_CHECK(field.kinds() == nullptr || !field.kinds()->empty());
  return field.kinds();
}

// The keys of a kind that is not registered, unchanged.
std::string print(const Tree& described, const std::string& indent) {
  std::string text;
  for (const auto& [name, value] : described.entries) {
    if (name == "kind") continue;
    text += fmt::format("{}{}: {}\n", indent, yaml_scalar(name), yaml_value(value));
  }
  return text;
}

std::string print(const Fields& fields, const std::string& indent) {
  std::string text;
  const std::string deeper = indent + "  ";
  for (const Field& field : fields.all()) {
    text += fmt::format("{}{}:", indent, field.name);
    if (AnyKindSection* section = chosen(field)) {
      text += fmt::format("\n{}kind: {}\n", deeper, yaml_scalar(section->kind()));
      text += section->described() != nullptr ? print(*section->described(), deeper)
                                              : print(section->fields(), deeper);
    } else if (field.section != nullptr) {
      const std::string below = print(*field.section, deeper);
      text += below.empty() ? " {}\n" : "\n" + below;
    } else {
      text += fmt::format(" {}\n", yaml_value(field));
    }
  }
  return text;
}

}  // namespace

std::string print_fields(const Fields& fields) {
  return print(fields, "");
}

nlohmann::ordered_json fields_json(const Fields& fields) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const Field& field : fields.all()) {
    if (AnyKindSection* section = chosen(field)) {
      nlohmann::ordered_json& below = json[field.name] = {{"kind", section->kind()}};
      below.update(section->described() != nullptr ? json_value(*section->described())
                                                   : fields_json(section->fields()));
    } else if (field.section != nullptr) {
      json[field.name] = fields_json(*field.section);
    } else {
      json[field.name] = json_value(field);
    }
  }
  return json;
}

}  // namespace seqrl

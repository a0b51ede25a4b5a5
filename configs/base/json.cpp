#include "configs/base/json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "configs/base/printable.h"

namespace seqrl {
namespace {

using Json = nlohmann::ordered_json;

std::string entries(const Json& json, const std::string& margin) {
  const auto has_parts = [](const Json& value) { return value.is_structured(); };
  const bool plain = json.is_array() && std::ranges::none_of(json, has_parts);
  if (!json.is_structured() || json.empty() || plain) return compact(json);
  std::string text;
  for (const auto& [key, value] : json.items()) {
    text += (text.empty() ? "\n" : ",\n") + margin + "  ";
    if (json.is_object()) text += compact(key) + ": ";
    text += entries(value, margin + "  ");
  }
  return (json.is_object() ? "{" : "[") + text + "\n" + margin + (json.is_object() ? "}" : "]");
}

// The keys of a JSON pointer, joined by dots: "/a~1b/0" → "a/b.0".
std::string dotted_key(std::string_view pointer) {
  std::string key;
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      key += '.';
    } else if (pointer[i] == '~') {  // begins an escape: ~1 is '/', ~0 is '~'
      key += pointer[++i] == '1' ? '/' : '~';
    } else {
      key += pointer[i];
    }
  }
  return key;
}

}  // namespace

std::string compact(const Json& json) {
  return printable_json(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::string indented(const Json& json) {
  return entries(json, "") + "\n";
}

nlohmann::json with_dotted_keys(const Json& object) {
  const nlohmann::json flat = nlohmann::json(object).flatten();
  nlohmann::json dotted = nlohmann::json::object();
  for (const auto& [pointer, value] : flat.items()) dotted[dotted_key(pointer)] = value;
  return dotted;
}

}  // namespace seqrl

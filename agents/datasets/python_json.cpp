#include "agents/datasets/python_json.h"

#include <algorithm>
#include <array>
#include <utility>

namespace seqrl {
namespace {

using Spellings = std::array<std::pair<std::string_view, std::string_view>, 3>;
constexpr Spellings kPython = {
    {{"-Infinity", R"("-.inf")"}, {"Infinity", R"(".inf")"}, {"NaN", R"(".nan")"}}};
constexpr Spellings kYaml = {
    {{R"("-.inf")", "-.inf"}, {R"(".inf")", ".inf"}, {R"(".nan")", ".nan"}}};

std::string as_json(std::string_view text) {
  std::string plain;
  bool in_string = false;
  while (!text.empty()) {
    std::size_t taken = 1;
    std::string_view written = text.substr(0, 1);
    if (in_string && text[0] == '\\') {
      taken = std::min<std::size_t>(2, text.size());
      written = text.substr(0, taken);
    } else if (text[0] == '"') {
      in_string = !in_string;
    } else if (!in_string) {
      for (const auto& [name, json] : kPython) {
        if (!text.starts_with(name)) continue;
        taken = name.size();
        written = json;
        break;
      }
    }
    plain += written;
    text.remove_prefix(taken);
  }
  return plain;
}

}  // namespace

nlohmann::json parse_python_json(std::string_view text) {
  return nlohmann::json::parse(as_json(text), nullptr, false);
}

nlohmann::ordered_json parse_python_json_in_order(std::string_view text) {
  return nlohmann::ordered_json::parse(as_json(text), nullptr, false);
}

std::string yaml_of(const nlohmann::json& value) {
  const std::string json = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  std::string text;
  bool in_string = false;
  for (std::string_view rest = json; !rest.empty();) {
    std::size_t taken = 1;
    const auto number = std::ranges::find_if(
        kYaml, [&](const auto& name) { return !in_string && rest.starts_with(name.first); });
    if (number != kYaml.end()) {
      taken = number->first.size();
      text += number->second;
    } else if (in_string && rest[0] == '\\') {
      taken = 2;
      text += rest.substr(0, taken);
    } else {
      if (rest[0] == '"') in_string = !in_string;
      text += rest[0];
      if (!in_string && (rest[0] == ':' || rest[0] == ',')) text += ' ';
    }
    rest.remove_prefix(taken);
  }
  return text;
}

}  // namespace seqrl

#include "agents/datasets/source_json.h"

#include <nlohmann/json.hpp>

namespace seqrl {
namespace {

using Json = nlohmann::json;

Json to_json(const std::optional<ReferenceReturns>& returns) {
  return returns ? Json{returns->random, returns->expert} : Json();
}

std::optional<ReferenceReturns> reference_from(const Json& json) {
  if (json.is_null()) return std::nullopt;
  return ReferenceReturns{json.at(0).get<double>(), json.at(1).get<double>()};
}

// Calls visit(name, member) for each member that JSON can represent.
template <typename Source, typename Visit>
void for_each_member(Source& source, Visit&& visit) {
  visit("path", source.path);
  visit("layout", source.layout);
  visit("id", source.id);
  visit("env", source.env);
  visit("stated_env", source.stated_env);
  visit("env_config", source.env_config);
  visit("env_kwargs", source.env_kwargs);
  visit("eval_env", source.eval_env);
  visit("eval_kwargs", source.eval_kwargs);
  visit("observation_layout", source.observation_layout);
  visit("action_low", source.action_low);
  visit("action_high", source.action_high);
  visit("action_choices", source.action_choices);
  visit("notes", source.notes);
  visit("unused_rows", source.unused_rows);
}

}  // namespace

Json to_json(const DatasetSource& source) {
  Json json;
  for_each_member(source, [&](const char* name, const auto& member) { json[name] = member; });
  json["reference"] = to_json(source.reference);
  json["own_reference"] = to_json(source.own_reference);
  return json;
}

DatasetSource source_of_json(const Json& json) {
  DatasetSource source;
  for_each_member(source, [&](const char* name, auto& member) { json.at(name).get_to(member); });
  source.reference = reference_from(json.at("reference"));
  source.own_reference = reference_from(json.at("own_reference"));
  return source;
}

}  // namespace seqrl

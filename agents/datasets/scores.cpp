#include "agents/datasets/scores.h"

#include <nlohmann/json.hpp>

namespace seqrl {

std::optional<ReferenceReturns> reference_returns(std::string_view env) {
  const EnvFacts* facts = env_facts(env);
  return facts == nullptr ? std::nullopt : facts->d4rl;
}

std::optional<NamedScale> scale_of_facts(const std::string& facts) {
  const auto json = nlohmann::json::parse(facts, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto scale = json.value("scale", nlohmann::json());
  if (!scale.is_object() || !scale.value("name", nlohmann::json()).is_string()) return std::nullopt;
  const auto returns = scale.value("returns", nlohmann::json());
  const bool whole = returns.is_array() && returns.size() == 2 && returns[0].is_number() &&
                     returns[1].is_number() && returns[0].get<double>() < returns[1].get<double>();
  if (!whole) return std::nullopt;
  return NamedScale{scale["name"].get<std::string>(),
                    {returns[0].get<double>(), returns[1].get<double>()}};
}

std::string scale_json(const NamedScale& scale) {
  const nlohmann::ordered_json json = {
      {"name", scale.name},
      {"returns", nlohmann::ordered_json::array({scale.returns.random, scale.returns.expert})}};
  return json.dump();
}

}  // namespace seqrl

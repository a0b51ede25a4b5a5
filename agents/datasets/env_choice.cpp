#include "agents/datasets/env_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agents/datasets/python_json.h"
#include "agents/datasets/stated_robot.h"
#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "envs/env_config.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

using Json = nlohmann::json;
constexpr const char* kGymnasium = "gymnasium";
constexpr const char* kLimit = "max_episode_steps";

EnvSection section_of(const Json& keys, const std::string& origin) {
  return read_config_text<EnvConfig>(fmt::format("env: {}\n", yaml_of(keys)), origin).env;
}

Json parsed_kwargs(const std::string& kwargs) {
  Json options = kwargs.empty() ? Json::object() : Json::parse(kwargs, nullptr, false);
  return options.is_object() ? options : Json::object();
}

// The Gymnasium environment of this id, as a config describes it.
Json gymnasium_section(const std::string& id, const MadeWith& made, const std::string& python) {
  Json section = {{"kind", kGymnasium}, {"id", id}, {"python", python}};
  const Json options = parsed_kwargs(made.kwargs);
  if (!options.empty()) section["options"] = options;
  if (made.limit > 0) section[kLimit] = made.limit;
  return section;
}

// The two solutions if the data's environment is not built in.
std::string ways_out(const std::string& id, const MadeWith& made) {
  std::string text = "env=none trains from logs only";
  if (kind_table<EnvOptions>().find(kGymnasium) == nullptr) return text;
  const Json section = gymnasium_section(id, made, "PYTHON");
  return fmt::format(
      "{}; env.python=PYTHON uses Gymnasium's environment if PYTHON has it (env: {})", text,
      one_line(yaml_of(section)));
}

// If a robot's observation size differs from this data's, its variant with that size.
std::string fitting_variant(const std::string& name, std::int64_t observation_dim) {
  const EnvFacts* facts = env_facts(name);
  if (observation_dim == 0 || facts == nullptr || facts->gymnasium_id.empty()) return name;
  const auto observes = [&](const std::string& env) {
    return make_env(env)->observation_space().dim() == observation_dim;
  };
  if (observes(name)) return name;
  for (const std::string& other : env_names()) {
    const EnvFacts* variant = env_facts(other);
    if (variant->variant_of == facts->gymnasium_id && observes(other)) return other;
  }
  return name;
}

EnvChoice described_env(const DatasetSource& source) {
  const std::string origin = source.path + " (its env_config)";
  try {
    return {read_config_text<EnvConfig>(source.env_config, origin, {"plugins=[]"}).env,
            "which the data describes"};
  } catch (const Error& error) {
    reject(
        "{}; name the environment with env=… and plugins=[…], or train from logs only with "
        "env=none",
        error.what());
  }
}

// `id` is the data's name for the environment, `key` the place where it is stated.
EnvChoice stated_env(const DatasetSource& source, const std::string& id, const MadeWith& made,
                     std::int64_t observation_dim, const std::string& python) {
  const std::string ours = env_stated(id);
  std::string missing;
  if (!ours.empty()) {
    const bool plain = parsed_kwargs(made.kwargs).empty();
    const std::string kind = plain ? fitting_variant(ours, observation_dim) : ours;
    const auto section =
        section_with(kind, made, fmt::format("{} (the options of {})", source.path, id), &missing);
    if (section) return {section, fmt::format("as the data states: {}", one_line(id))};
  }
  if (!python.empty() && is_gymnasium_id(id)) {
    const std::string origin = fmt::format("{} (its env_spec)", source.path);
    return {section_of(gymnasium_section(id, made, python), origin),
            fmt::format("Gymnasium's {}, which the data names as its environment", one_line(id))};
  }
  SEQRL_REQUIRE(ours.empty(), "{}: data of {} with the option {}, which {} does not have; {}",
                source.path, shown(id), shown(missing), ours, ways_out(id, made));
  const Robot robot = robot_of(id).first;
  const std::string difference = robot ? version_difference(robot, robot_of(id).second) : "";
  if (!is_gymnasium_id(id)) {
    reject(
        "{}: data of {}, which is not a known environment; name one with env=NAME (plugins: "
        "[LIBRARY.so] can provide it), or train from logs only with env=none",
        source.path, shown(id));
  }
  reject("{}: data of {}, which is not built in{}; {}", source.path, shown(id),
         difference.empty() ? "" : fmt::format(" ({})", difference), ways_out(id, made));
}

}  // namespace

std::optional<EnvSection> section_with(const std::string& kind, const MadeWith& made,
                                       const std::string& origin, std::string* missing) {
  Json section = parsed_kwargs(made.kwargs);
  EnvSection plain(kind);
  for (const auto& [key, value] : section.items()) {
    if (plain.fields().find(key) != nullptr) continue;
    if (missing != nullptr) *missing = key;
    return std::nullopt;
  }
  section["kind"] = kind;
  if (made.limit > 0 && plain.fields().find(kLimit) != nullptr) section[kLimit] = made.limit;
  return section_of(section, origin);
}

EnvChoice env_of_data(const DatasetSource& source, std::int64_t observation_dim,
                      const std::string& python) {
  if (!source.eval_env.empty()) {
    return stated_env(source, source.eval_env, {source.eval_kwargs, source.eval_limit},
                      observation_dim, python);
  }
  if (!source.env_config.empty()) return described_env(source);
  if (!source.stated_env.empty()) {
    return stated_env(source, source.stated_env, {source.env_kwargs, source.env_limit},
                      observation_dim, python);
  }
  const std::vector<std::string> names = env_names();
  if (std::ranges::find(names, source.env) != names.end()) {
    const std::string kind = fitting_variant(source.env, observation_dim);
    return {EnvSection(kind), "going by the data's name"};
  }
  return {std::nullopt, "the data does not name its environment"};
}

}  // namespace seqrl

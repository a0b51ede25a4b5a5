#include "envs/env_config.h"

#include <nlohmann/json.hpp>

#include "configs/schema/config.h"
#include "configs/schema/plugin.h"
#include "envs/registry.h"

namespace seqrl {

EnvConfig::EnvConfig() {
  register_builtin_envs();
}

void EnvConfig::fields(Fields& field) {
  add_plugins_field(field, plugins);
  field("env", env, "the environment");
}

bool EnvConfig::is_plain() const {
  return plugins.empty() && EnvSection(env).fields().all().empty();
}

nlohmann::ordered_json env_keys(const EnvSection& env) {
  EnvConfig config;
  config.env = env;
  return config_json(config).at("env");
}

}  // namespace seqrl

#include "envs/env_config.h"

#include "configs/schema/plugin.h"
#include "envs/registry.h"

namespace seqrl {

WorldConfig::WorldConfig() {
  register_builtin_envs();
}

void WorldConfig::fields(Fields& field) {
  add_plugins_field(field, plugins);
  field("env", env, "the environment");
}

bool WorldConfig::is_plain() const {
  return plugins.empty() && EnvSection(env).fields().all().empty();
}

}  // namespace seqrl

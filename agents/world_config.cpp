#include "agents/world_config.h"

#include "envs/registry.h"

namespace seqrl {

WorldConfig::WorldConfig() {
  register_builtin_envs();
}

void WorldConfig::fields(Fields& field) {
  field("env", env, "the environment");
}

bool WorldConfig::is_plain() const {
  return EnvSection(env).fields().all().empty();
}

}  // namespace seqrl

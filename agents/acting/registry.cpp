// The registry of the target seqrl::actor, in place of agents/registry.cpp and envs/registry.cpp:
// its agents act and do not learn, and it has no environments, so that it needs neither HDF5 nor
// MuJoCo.
#include "envs/registry.h"
#include "agents/config/agent_kind.h"
#include "agents/offline/behavior_cloning.h"
#include "agents/offline/decision_transformer.h"
#include "agents/sac/gaussian_actor.h"
#include "envs/env_options.h"

namespace seqrl {

void register_builtin_agents() {
  static const bool once = [] {
    register_decision_transformer();
    register_behavior_cloning();
    register_sac();
    return true;
  }();
  static_cast<void>(once);
}

void register_builtin_envs() {
  kind_table<EnvOptions>().accept_unknown();
}

// A checkpoint's config is resolved: no facts are needed any more.
const EnvFacts* env_facts(std::string_view) {
  return nullptr;
}

}  // namespace seqrl

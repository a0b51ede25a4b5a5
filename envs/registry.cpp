#include "envs/registry.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "envs/ant.h"
#include "envs/halfcheetah.h"
#include "envs/hopper.h"
#include "envs/walker2d.h"

namespace seqrl {
namespace {

struct Entry {
  std::string name;
  EnvFactory make;
};

// The built-in ones are listed here, not registered by static initialisers: linkers drop those.
struct Registry {
  std::mutex mutex;
  std::vector<Entry> entries{
      {"hopper", make_hopper}, {"walker2d", make_walker2d}, {"halfcheetah", make_halfcheetah},
      {"ant", make_ant},       {"ant_d4rl", make_ant_d4rl},
  };

  const Entry* find(std::string_view name) const {
    const auto found = std::ranges::find(entries, name, &Entry::name);
    return found == entries.end() ? nullptr : &*found;
  }
};

Registry& registry() {
  static Registry registry;
  return registry;
}

}  // namespace

std::unique_ptr<Env> make_env(std::string_view name) {
  EnvFactory make;
  {
    const std::lock_guard lock(registry().mutex);
    if (const Entry* entry = registry().find(name)) make = entry->make;
  }
  if (!make) reject("unknown environment '{}'{}", name, suggestion(name, env_names()));
  auto env = make();
  SEQRL_REQUIRE(env, "the factory of environment '{}' returned nothing", name);
  return env;
}

std::vector<std::string> env_names() {
  const std::lock_guard lock(registry().mutex);
  std::vector<std::string> names;
  for (const Entry& entry : registry().entries) names.push_back(entry.name);
  return names;
}

void register_env(std::string name, EnvFactory factory) {
  SEQRL_REQUIRE(!name.empty() && factory, "an environment needs a name and a factory");
  const std::lock_guard lock(registry().mutex);
  SEQRL_REQUIRE(!registry().find(name), "an environment named '{}' is already registered", name);
  registry().entries.push_back({std::move(name), std::move(factory)});
}

}  // namespace seqrl

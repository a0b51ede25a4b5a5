#include "envs/registry.h"

#include <algorithm>
#include <mutex>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "envs/mjcf/mjcf_env.h"
#include "envs/robots/ant.h"
#include "envs/robots/halfcheetah.h"
#include "envs/robots/hopper.h"
#include "envs/robots/walker2d.h"

namespace seqrl {
namespace {

struct Entry {
  std::string name;
  EnvBuilder make;
};

struct Registry {
  std::mutex mutex;
  std::vector<Entry> entries;

  const Entry* find(std::string_view name) const {
    const auto found = std::ranges::find(entries, name, &Entry::name);
    return found == entries.end() ? nullptr : &*found;
  }
};

Registry& registry() {
  static Registry registry;
  return registry;
}

std::vector<std::string> all_names() {
  const std::lock_guard lock(registry().mutex);
  std::vector<std::string> names;
  for (const Entry& entry : registry().entries) names.push_back(entry.name);
  return names;
}

void add_builder(const std::string& name, EnvBuilder builder) {
  SEQRL_REQUIRE(!name.empty() && builder, "an environment needs a name and a factory");
  const std::lock_guard lock(registry().mutex);
  SEQRL_REQUIRE(!registry().find(name), "an environment named '{}' is already registered", name);
  registry().entries.push_back({name, std::move(builder)});
}

// Registers what a config describes without `register_builtin_envs`, which this is called by.
template <std::derived_from<EnvOptions> Options, typename Make>
void add_builtin(const char* name, const char* help, Make make) {
  add_builder(name, [make](const EnvSection& section) { return make(section.as<Options>()); });
  register_kind<EnvOptions, Options>(name, help);
}

void add_builtin(const char* name, const char* help, std::unique_ptr<Env> (*make)()) {
  add_builtin<EnvOptions>(name, help, [make](const EnvOptions&) { return make(); });
}

}  // namespace

// Listed here, not registered by static initialisers: linkers drop those.
void register_builtin_envs() {
  static const bool once = [] {
    add_builtin("hopper", "hops in the plane (Gymnasium's Hopper-v4)", make_hopper);
    add_builtin("walker2d", "walks in the plane (Walker2d-v4)", make_walker2d);
    add_builtin("halfcheetah", "runs in the plane (HalfCheetah-v4)", make_halfcheetah);
    add_builtin("ant", "four-legged robot in three dimensions (Ant-v4)", make_ant);
    add_builtin("ant_d4rl", "the same with D4RL's 111 observations", make_ant_d4rl);
    add_builtin<MjcfOptions>("mjcf", "any MuJoCo model, described here", make_mjcf_env);
    return true;
  }();
  static_cast<void>(once);
}

std::unique_ptr<Env> make_env(const EnvSection& section) {
  EnvBuilder make;
  {
    const std::lock_guard lock(registry().mutex);
    if (const Entry* entry = registry().find(section.kind())) make = entry->make;
  }
  SEQRL_REQUIRE(make, "there is no environment named '{}' to make", section.kind());
  auto env = make(section);
  SEQRL_REQUIRE(env, "the factory of environment '{}' returned nothing", section.kind());
  return env;
}

std::unique_ptr<Env> make_env(std::string_view name) {
  register_builtin_envs();
  const std::vector<std::string> names = all_names();
  SEQRL_REQUIRE(std::ranges::find(names, name) != names.end(), "unknown environment '{}'{}", name,
                suggestion(name, names));
  return make_env(EnvSection(name));
}

std::vector<std::string> env_names() {
  register_builtin_envs();
  std::vector<std::string> names = all_names();
  std::erase_if(names, [](const std::string& name) {
    return std::ranges::any_of(EnvSection(name).fields().all(), &Field::required);
  });
  return names;
}

void register_env(std::string name, EnvFactory factory) {
  SEQRL_REQUIRE(!name.empty() && factory, "an environment needs a name and a factory");
  register_env<EnvOptions>(name, "registered by a program or a plug-in",
                           [factory = std::move(factory)](const EnvOptions&) { return factory(); });
}

void register_env_builder(const std::string& name, EnvBuilder builder) {
  register_builtin_envs();
  add_builder(name, std::move(builder));
}

}  // namespace seqrl

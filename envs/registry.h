// The registry of environments, by name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "envs/env.h"
#include "envs/env_facts.h"
#include "envs/env_options.h"

namespace seqrl {

using EnvFactory = std::function<std::unique_ptr<Env>()>;
using EnvBuilder = std::function<std::unique_ptr<Env>(const EnvSection& section)>;

// Makes the built-in environments known: Gymnasium's robots, ant_d4rl, and mjcf, which is described
// by its options. Calling it again is harmless; what is below does it.
void register_builtin_envs();

// The environment that a section of a config describes. Safe to call from several threads at once.
std::unique_ptr<Env> make_env(const EnvSection& section);

// So many of them, to be stepped together; at least one.
std::unique_ptr<EnvBatch> make_env_batch(const EnvSection& section, std::size_t slots);

// A new environment of that name, or of that id in Gymnasium ("Hopper-v4"), with its default
// options; an unknown name is an Error of kind user that suggests one, and so is one that has no
// defaults.
std::unique_ptr<Env> make_env(std::string_view name);

// All names that are enough to make one: the built-in ones, then those registered, in order.
std::vector<std::string> env_names();

// Makes an environment known by name, to configs too, and what is known of it (env_facts.h). A name
// or id already taken is an Error of kind user. Not while configs are read by other threads.
void register_env(std::string name, EnvFactory factory, EnvFacts facts = {});

// Makes an environment known by what builds it from its section, before its kind is registered. A
// name or id already taken is an Error of kind user.
void register_env_builder(const std::string& name, EnvBuilder builder, EnvFacts facts = {});

// Makes the ids of Gymnasium that a registered environment gives known to configs, after its kind.
void register_env_ids(const std::string& name);

// Makes an environment with options known: `env: {kind: NAME, …}`. `help` is one line.
//   register_env<PendulumConfig>("pendulum", "a pole to swing up",
//                                [](const PendulumConfig& options) { return …; });
template <std::derived_from<EnvOptions> Options, typename Make>
void register_env(const std::string& name, const std::string& help, Make make,
                  EnvFacts facts = {}) {
  register_env_builder(
      name, [make](const EnvSection& section) { return make(section.as<Options>()); },
      std::move(facts));
  register_kind<EnvOptions, Options>(name, help);
  register_env_ids(name);
}

}  // namespace seqrl

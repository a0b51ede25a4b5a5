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

// Registers the built-in environments: Gymnasium's robots, ant_d4rl, and mjcf, which is described
// by its options. Repeated calls are harmless; the functions below call it.
void register_builtin_envs();

// Makes the environment that a config section describes. Thread-safe.
std::unique_ptr<Env> make_env(const EnvSection& section);

// Makes a batch of environments that are stepped together; at least one.
std::unique_ptr<EnvBatch> make_env_batch(const EnvSection& section, std::size_t slots);

// Makes an environment by name or Gymnasium id ("Hopper-v4") with its default options. An unknown
// name is an Error of kind user that suggests one; a name without defaults is also an Error of kind
// user.
std::unique_ptr<Env> make_env(std::string_view name);

// All names that suffice to make an environment: built-in ones, then registered ones, in order.
std::vector<std::string> env_names();

// Registers an environment by name, for configs also, with its facts (env_facts.h). A name or id
// already taken is an Error of kind user. Do not call it while other threads read configs.
void register_env(std::string name, EnvFactory factory, EnvFacts facts = {});

// Registers the function that builds an environment from its section, before its kind is
// registered. A name or id already taken is an Error of kind user.
void register_env_builder(const std::string& name, EnvBuilder builder, EnvFacts facts = {});

// Makes the Gymnasium ids of a registered environment known to configs, after its kind.
void register_env_ids(const std::string& name);

// Registers an environment with options: `env: {kind: NAME, …}`. `help` is one line.
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

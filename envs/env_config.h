// The section of a config that names an environment and the plug-ins it may come from.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "configs/schema/fields.h"
#include "envs/env_options.h"

namespace seqrl {

// The keys `plugins` and `env` at the top of a config. What needs an environment and nothing else
// of a run's config reads these alone: a collection of data, or a dataset's note of where it was
// made.
struct EnvConfig {
  EnvConfig();  // registers the built-in environments

  std::vector<std::string> plugins;  // paths of shared libraries, loaded before `env` is read
  EnvSection env;                    // make_env(env) makes it (envs/registry.h)
  void fields(Fields& field);

  // Whether the name of the environment is enough to make it: no plug-in, no options.
  bool is_plain() const;
};

// The keys of a section `env` and their values, as they are printed; `kind` is one of them.
nlohmann::ordered_json env_keys(const EnvSection& env);

}  // namespace seqrl

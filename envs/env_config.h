// The config section that names an environment and the plug-ins it may come from.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "configs/schema/fields.h"
#include "envs/env_options.h"

namespace seqrl {

// The top-level keys `plugins` and `env` of a config. Code that needs only an environment reads
// these alone: a collection of data, or a dataset's record of its origin.
struct EnvConfig {
  EnvConfig();  // registers the built-in environments

  std::vector<std::string> plugins;  // paths of shared libraries, loaded before `env` is read
  EnvSection env;                    // for make_env(env) (envs/registry.h)
  void fields(Fields& field);

  // Whether the name alone is enough to make the environment: no plug-in, no options.
  bool is_plain() const;
};

// The keys of a section `env` and their values as printed; `kind` is one of them.
nlohmann::ordered_json env_keys(const EnvSection& env);

}  // namespace seqrl

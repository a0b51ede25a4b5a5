// Environments by name.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "envs/env.h"

namespace seqrl {

using EnvFactory = std::function<std::unique_ptr<Env>()>;

// A new environment of that name; an unknown name is an Error of kind user that suggests one.
// Safe to call from several threads at once, as are the functions below.
std::unique_ptr<Env> make_env(std::string_view name);

// All known names: the built-in ones, then those registered, in order.
std::vector<std::string> env_names();

// Makes an environment known by name. A name already taken is an Error of kind user.
void register_env(std::string name, EnvFactory factory);

}  // namespace seqrl

// The part of a run's config that says where it acts, for those who need no more.
#pragma once

#include <string>
#include <vector>

#include "configs/schema/fields.h"
#include "envs/env_options.h"

namespace seqrl {

struct EnvConfig {
  EnvConfig();  // registers the built-in environments

  std::vector<std::string> plugins;
  EnvSection env;
  void fields(Fields& field);

  // Whether the environment's kind alone makes it.
  bool is_plain() const;
};

}  // namespace seqrl

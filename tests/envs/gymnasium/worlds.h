// The environments of tests/envs/gymnasium/python, which need only Python itself.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "configs/schema/config.h"
#include "envs/env_config.h"
#include "envs/env_notes.h"
#include "envs/registry.h"

namespace seqrl {

constexpr const char* kWorldsPath = SEQRL_SOURCE_DIR "/tests/envs/gymnasium/python";

// The section `env: {kind: gymnasium, id: worlds:ID, …}`; `more` are additional keys.
inline EnvSection world(const std::string& id, const std::string& more = "") {
  ::setenv("PYTHONPATH", kWorldsPath, 1);
  const std::string text =
      "env: {kind: gymnasium, id: 'worlds:" + id + "'" + (more.empty() ? "" : ", " + more) + "}";
  return read_config_text<EnvConfig>(text, "test", {}, nullptr, PluginUse::load).env;
}

// All notes since the last call, on one line each.
inline std::string notes_text() {
  std::string text;
  for (const std::string& note : take_env_notes()) text += note + "\n";
  return text;
}

}  // namespace seqrl

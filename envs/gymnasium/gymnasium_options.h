// The options of `env: {kind: gymnasium}`: an environment of Gymnasium's interface, in processes of
// the user's Python.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "envs/env_options.h"
#include "envs/gymnasium/json_text.h"

namespace seqrl {

struct GymnasiumOptions : EnvOptions {
  std::string id;                    // "AntMaze_UMaze-v5", "module:Env-v0", "module:Class"
  std::string python = "python3";    // the interpreter, relative to the working directory
  JsonMap options;                   // of the constructor
  Calls wrappers;                    // the innermost first
  std::vector<std::string> modules;  // imported before, those that register environments
  std::optional<int> max_episode_steps;
  double timeout = 60, start_timeout = 120;  // seconds
  std::optional<std::string> layout;         // how observations are flattened
  std::optional<std::string> versions;       // of Gymnasium and the like, when the run began

  // False for options that come from a file which is not trusted to run code: a checkpoint's.
  static constexpr const char* kTrustKey = "python";
  bool trusted = true;

  bool strict = false;  // observations that their space does not contain are an error

  void fields(Fields& field);

  // The id.
  std::string title(const std::string& kind) const override;

  // The layout is what the observations are checked against, when the environment is made.
  bool is_incidental(std::string_view key) const override;

  // Fills in layout and versions: starts Python, unless the options are not trusted. An Error of
  // kind user where the environment cannot be made.
  void resolve() override;

  std::unique_ptr<EnvBatch> make_batch(std::size_t slots) const override;
  bool is_batched() const override { return true; }
  void make_strict() override { strict = true; }
};

// An Error of kind user where the environment cannot be made, which says why in Python's words.
std::unique_ptr<Env> make_gymnasium_env(const GymnasiumOptions& options);

}  // namespace seqrl

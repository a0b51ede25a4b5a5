// The options of `env: {kind: gymnasium}`: an environment with Gymnasium's interface, in processes
// of the user's Python.
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
  Calls wrappers;                    // innermost first
  std::vector<std::string> modules;  // imported first, to register environments
  std::optional<int> max_episode_steps;
  double timeout = 60, start_timeout = 120;  // seconds
  std::optional<std::string> layout;         // how observations are flattened
  std::optional<std::string> versions;       // of Gymnasium etc. when the run began

  // False for options from a file that is not trusted to run code, such as a checkpoint.
  static constexpr const char* kTrustKey = "python";
  bool trusted = true;

  bool strict = false;  // observations outside their space are an error

  void fields(Fields& field);

  // The id.
  std::string title(const std::string& kind) const override;

  // When the environment is made, its observations are checked against the layout.
  bool is_incidental(std::string_view key) const override;

  // Fills in layout and versions: starts Python, unless the options are not trusted. An Error of
  // kind user if the environment cannot be made.
  void resolve() override;

  std::unique_ptr<EnvBatch> make_batch(std::size_t slots) const override;
  bool is_batched() const override { return true; }
  void make_strict() override { strict = true; }
};

// An Error of kind user with Python's message if the environment cannot be made.
std::unique_ptr<Env> make_gymnasium_env(const GymnasiumOptions& options);

}  // namespace seqrl

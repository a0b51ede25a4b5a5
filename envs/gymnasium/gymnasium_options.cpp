#include "envs/gymnasium/gymnasium_options.h"

#include "configs/base/printable.h"

namespace seqrl {

void GymnasiumOptions::fields(Fields& field) {
  constexpr int kMostSteps = 1 << 24;
  EnvOptions::fields(field);
  field("id", id,
        "what gymnasium.make takes, as AntMaze_UMaze-v5 or module:Env-v0; or a class, module:Class",
        required(), not_empty());
  field("python", python, "the interpreter that has the environment, as venv/bin/python",
        not_empty(), file_path());
  field("options", options, "arguments of the environment, as in {reset_noise_scale: 0.1}");
  field("wrappers", wrappers,
        "what it is wrapped in, the innermost first: module:Class, or a name of "
        "gymnasium.wrappers");
  field("modules", modules, "Python modules to import first, those that register environments");
  field("max_episode_steps", max_episode_steps, "the time limit; null = the environment's own",
        in_range(1, kMostSteps));
  field("timeout", timeout, "seconds after which a step counts as hung", positive());
  field("start_timeout", start_timeout, "seconds after which its start counts as hung", positive());
  field("layout", layout,
        "how observations are flattened; a run notes it and refuses others; null = as it comes");
  field("versions", versions, "of Gymnasium and what it simulates with, noted by a run");
}

std::string GymnasiumOptions::title(const std::string&) const {
  return printable(id);
}

bool GymnasiumOptions::is_incidental(std::string_view key) const {
  return key == "python" || key == "timeout" || key == "start_timeout" || key == "versions" ||
         key == "layout";
}

}  // namespace seqrl

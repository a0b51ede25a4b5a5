#include "envs/gymnasium/gymnasium_options.h"

#include "configs/base/printable.h"

namespace seqrl {

void GymnasiumOptions::fields(Fields& field) {
  constexpr int kMostSteps = 1 << 24;
  EnvOptions::fields(field);
  field(
      "id", id,
      "id for gymnasium.make, such as AntMaze_UMaze-v5 or module:Env-v0, or a class, module:Class",
      required(), not_empty());
  field("python", python,
        "Python interpreter that can import the environment, such as venv/bin/python", not_empty(),
        file_path());
  field("options", options,
        "keyword arguments of the environment, such as {reset_noise_scale: 0.1}");
  field("wrappers", wrappers,
        "wrappers to apply, innermost first: module:Class, or a name in gymnasium.wrappers");
  field("modules", modules,
        "Python modules to import first, such as those that register environments");
  field("max_episode_steps", max_episode_steps, "time limit in steps; null = the environment's own",
        in_range(1, kMostSteps));
  field("timeout", timeout, "seconds after which a step counts as hung", positive());
  field("start_timeout", start_timeout,
        "seconds after which starting the environment counts as hung", positive());
  field(
      "layout", layout,
      "how observations are flattened; a run records it and rejects any other; null = accept any");
  field("versions", versions, "versions of Gymnasium and its simulators, recorded by a run");
}

std::string GymnasiumOptions::title(const std::string&) const {
  return printable(id);
}

bool GymnasiumOptions::is_incidental(std::string_view key) const {
  return key == "python" || key == "timeout" || key == "start_timeout" || key == "versions" ||
         key == "layout";
}

}  // namespace seqrl

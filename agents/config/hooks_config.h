// The config of hooks: user commands that a run starts at events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "configs/schema/fields.h"

namespace seqrl {

// Commands for a shell, "" for none. A placeholder such as {run} stands for a value.
struct HooksConfig {
  std::string started, evaluated, checkpoint_saved, finished, stopped, failed;
  std::int64_t timeout = 60;  // seconds
  void fields(Fields& field);

  // Each event, in the order of a run, and its command.
  struct Hook {
    const char* event;
    std::string HooksConfig::*command;
  };
  static const std::vector<Hook>& all();
  bool any() const;
};

// The names of placeholders, without braces: "run", "step", …
const std::vector<std::string>& hook_placeholders();

// A command in which each placeholder is replaced by the shell variable that hook_variable() names,
// so no value is ever read as a part of the command: "{run}" becomes "${SEQRL_RUN}" in quotes. {{
// and }} are braces, and ${HOME} is the shell's.
std::string hook_script(std::string_view command);

// "SEQRL_RUN" for "run".
std::string hook_variable(std::string_view placeholder);

// The settings that repeat a config's hooks on a command line: hooks.finished=…
std::vector<std::string> hook_settings(const HooksConfig& hooks);

}  // namespace seqrl

// The description of a command: its arguments, its help and the function that it runs. Only
// command_line.cpp uses the parsing library.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace seqrl::tools {

// The help of --json, the same for every command.
constexpr const char* kJsonHelp = "print one JSON document and nothing else";

// One argument: a positional ("RUN"), an option with a value ("--resume") or a flag ("--json").
struct Argument {
  // The variable that parsing fills: one value, all remaining values, or whether the flag is given.
  using Target = std::variant<std::string*, std::vector<std::string>*, bool*>;

  std::string name;
  Target target;
  std::string help = "";
  std::string value_name = "";  // of an option, "RUN"
  std::string excludes = "";    // an earlier flag that cannot be combined with this one
  bool is_required = false;

  bool is_positional() const { return !name.starts_with('-'); }
  bool takes_many() const { return std::holds_alternative<std::vector<std::string>*>(target); }
  bool is_flag() const { return std::holds_alternative<bool*>(target); }
};

// A required positional argument.
inline Argument required(std::string name, Argument::Target target, std::string help = "") {
  return {.name = std::move(name), .target = target, .help = std::move(help), .is_required = true};
}

// Arguments that several commands take: a run or a file, and key=value settings.
struct PathAndSettings {
  std::string path;
  std::vector<std::string> settings;
};

// `name` is the name on the command line, "train". `run` returns the exit status and throws Error;
// the arguments' targets live as long as `run`.
struct Command {
  std::string name, help;
  std::vector<Argument> arguments;
  std::vector<std::string> examples;  // command lines to copy
  std::function<int()> run;
};

}  // namespace seqrl::tools

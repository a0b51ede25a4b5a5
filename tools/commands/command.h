// A command as its own file describes it: its arguments, its help and what it runs. Only
// command_line.cpp knows the library that parses.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace seqrl::tools {

// What --json does, whatever the command.
constexpr const char* kJsonHelp = "print one JSON document and nothing else";

// One argument: a positional ("RUN"), an option with a value ("--resume") or a flag ("--json").
struct Argument {
  // What parsing fills: one value, all remaining values, or whether the flag is there.
  using Target = std::variant<std::string*, std::vector<std::string>*, bool*>;

  std::string name;
  Target target;
  std::string help = "";
  std::string value_name = "";  // of an option, "RUN"
  std::string excludes = "";    // a flag declared before, which may not be given with this one
  bool is_required = false;

  bool is_positional() const { return !name.starts_with('-'); }
  bool takes_many() const { return std::holds_alternative<std::vector<std::string>*>(target); }
  bool is_flag() const { return std::holds_alternative<bool*>(target); }
};

// A positional argument that has to be there.
inline Argument required(std::string name, Argument::Target target, std::string help = "") {
  return {.name = std::move(name), .target = target, .help = std::move(help), .is_required = true};
}

// What several commands take: a run or a file, and key=value settings.
struct PathAndSettings {
  std::string path;
  std::vector<std::string> settings;
};

// `name` is that of the command line, "train". `run` returns the exit status and throws Error; the
// arguments' targets live as long as it does.
struct Command {
  std::string name, help;
  std::vector<Argument> arguments;
  std::vector<std::string> examples;  // command lines to copy
  std::function<int()> run;
};

}  // namespace seqrl::tools

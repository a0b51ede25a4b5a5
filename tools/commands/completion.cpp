// Completion for shells: commands, their options and, for settings, keys of a config.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <memory>

#include "agents/config/run_config.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"

namespace seqrl::tools {
namespace {

// Commands with settings that are keys of a run's config.
constexpr std::array kTakeConfigKeys = {"train", "eval", "sweep", "bench"};

void add_word(const std::string& word, std::vector<std::string>& words) {
  if (std::ranges::find(words, word) == words.end()) words.push_back(word);
}

// "training.lr=" and, for keys with named values, "backbone=min_gru".
void add_keys(const Fields& fields, const std::string& prefix, std::vector<std::string>& words) {
  for (const Field& field : fields.all()) {
    const std::string key = prefix + field.name;
    if (field.section != nullptr) {
      add_keys(*field.section, key + ".", words);
    } else if (const AnyKindSection* section = field.kinds()) {
      for (const KindTable::Kind& kind : section->table().all()) {
        add_word(fmt::format("{}={}", key, kind.name), words);
        const std::unique_ptr<KindOptions> options = kind.make();
        add_keys(options->fields(), key + ".", words);
      }
    } else {
      std::vector<std::string> choices;
      for (const Rule& rule : field.rules)
        choices.insert(choices.end(), rule.choices.begin(), rule.choices.end());
      if (std::holds_alternative<bool*>(field.value)) choices = {"true", "false"};
      if (choices.empty()) add_word(key + "=", words);
      for (const std::string& choice : choices) add_word(fmt::format("{}={}", key, choice), words);
    }
  }
}

std::vector<std::string> config_words() {
  RunConfig config;
  std::vector<std::string> words;
  add_keys(Fields::of(config), "", words);
  return words;
}

bool takes_config_keys(const Command& command) {
  return std::ranges::find(kTakeConfigKeys, command.name) != kTakeConfigKeys.end();
}

std::vector<std::string> options_of(const Command& command) {
  std::vector<std::string> names = {"--help"};
  for (const Argument& argument : command.arguments) {
    if (!argument.is_positional()) names.push_back(argument.name);
  }
  return names;
}

std::string names_of(const std::vector<Command>& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) names.push_back(command.name);
  return fmt::format("{}", fmt::join(names, " "));
}

// 'text' for a shell; no help text contains a quote.
std::string quoted(std::string text) {
  std::ranges::replace(text, '\'', '`');
  return "'" + text + "'";
}

std::string bash_completion(const std::vector<Command>& commands) {
  std::string cases;
  for (const Command& command : commands) {
    cases +=
        fmt::format("    {}) words='{}'{} ;;\n", command.name, fmt::join(options_of(command), " "),
                    takes_config_keys(command) ? "' '$keys" : "");
  }
  return fmt::format(R"(# seqrl completion bash
_seqrl() {{
  local line=${{COMP_LINE:0:COMP_POINT}} words keys='{}'
  local word=${{line##*[[:space:]]}}
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W '{} --help --version' -- "$word"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{}  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  # Readline completes what follows the last '=' alone.
  if [[ $word == *=* && $COMP_WORDBREAKS == *=* ]]; then
    COMPREPLY=("${{COMPREPLY[@]#"${{word%=*}}="}}")
  fi
  [[ ${{#COMPREPLY[@]}} == 1 && ${{COMPREPLY[0]}} == *= ]] && compopt -o nospace
  return 0
}}
complete -o default -F _seqrl seqrl
)",
                     fmt::join(config_words(), " "), names_of(commands), cases);
}

std::string zsh_completion(const std::vector<Command>& commands) {
  std::string described, cases;
  for (const Command& command : commands) {
    described += fmt::format("    {}\n", quoted(command.name + ":" + command.help));
    cases += fmt::format("    {}) compadd -- {}{} ;;\n", command.name,
                         fmt::join(options_of(command), " "),
                         takes_config_keys(command) ? "; compadd -S '' -- $keys" : "");
  }
  return fmt::format(R"(#compdef seqrl
# seqrl completion zsh
_seqrl() {{
  local -a commands keys
  commands=(
{}  )
  keys=({})
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  case $words[2] in
{}  esac
  _files
}}
_seqrl "$@"
)",
                     described, fmt::join(config_words(), " "), cases);
}

std::string fish_completion(const std::vector<Command>& commands) {
  std::string text = "# seqrl completion fish\n";
  std::vector<std::string> with_keys(kTakeConfigKeys.begin(), kTakeConfigKeys.end());
  for (const Command& command : commands) {
    text += fmt::format("complete -c seqrl -n __fish_use_subcommand -a {} -d {}\n", command.name,
                        quoted(command.help));
    for (const Argument& argument : command.arguments) {
      if (argument.is_positional()) continue;
      text += fmt::format("complete -c seqrl -n '__fish_seen_subcommand_from {}' -l {} -d {}\n",
                          command.name, argument.name.substr(2), quoted(argument.help));
    }
  }
  return text + fmt::format("complete -c seqrl -n '__fish_seen_subcommand_from {}' -a '{}'\n",
                            fmt::join(with_keys, " "), fmt::join(config_words(), " "));
}

using Completion = std::string (*)(const std::vector<Command>&);
constexpr std::pair<const char*, Completion> kShells[] = {
    {"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};

int run_completion(const std::string& shell) {
  for (const auto& [name, completion] : kShells) {
    if (shell != name) continue;
    std::cout << completion(all_commands());
    return 0;
  }
  reject("no completion for {}{}", shown(shell), suggestion(shell, names_in(kShells)));
}

}  // namespace

Command completion_command() {
  const auto shell = std::make_shared<std::string>();
  return {.name = "completion",
          .help = "print a completion script for commands, options and config keys",
          .arguments = {required("SHELL", shell.get(), one_of_names(names_in(kShells)))},
          .examples = {"seqrl completion bash > ~/.local/share/bash-completion/completions/seqrl",
                       "seqrl completion zsh > ~/.zfunc/_seqrl",
                       "seqrl completion fish > ~/.config/fish/completions/seqrl.fish"},
          .run = [shell] { return run_completion(*shell); }};
}

}  // namespace seqrl::tools

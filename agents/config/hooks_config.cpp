#include "agents/config/hooks_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "configs/base/error.h"
#include "configs/base/text.h"
#include "configs/schema/values.h"

namespace seqrl {
namespace {

// Reads a command from left to right and tracks the shell quotes around it.
class ScriptReader {
 public:
  explicit ScriptReader(std::string_view text) : rest_(text) {}

  // Throws an Error of kind user that describes an invalid placeholder.
  std::string script() {
    std::string script;
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (rest_.starts_with("{{") || rest_.starts_with("}}")) {
        script += c;
        rest_.remove_prefix(2);
      } else if (rest_.starts_with("${")) {  // the shell's own
        const std::size_t size = std::min(rest_.find('}'), rest_.size() - 1) + 1;
        script += rest_.substr(0, size);
        rest_.remove_prefix(size);
      } else if (c == '{') {
        script += variable();
      } else {
        SEQRL_REQUIRE(c != '}', "unmatched '}}'; write }}}} for a brace");
        follow_quotes(c);
        script += c;
        rest_.remove_prefix(1);
      }
    }
    return script;
  }

 private:
  void follow_quotes(char c) {
    const bool literal = escaped_;
    escaped_ = c == '\\' && !literal && quote_ != '\'';
    if (literal || (c != '\'' && c != '"')) return;
    if (quote_ == 0) {
      quote_ = c;
    } else if (quote_ == c) {
      quote_ = 0;
    }
  }

  std::string variable() {
    const std::size_t close = rest_.find('}');
    SEQRL_REQUIRE(close != std::string_view::npos,
                  "'{{' begins a placeholder that is not closed; write {{{{ for a brace");
    const std::string name(rest_.substr(1, close - 1));
    const std::vector<std::string>& known = hook_placeholders();
    SEQRL_REQUIRE(std::ranges::count(known, name) > 0,
                  "unknown placeholder {{{}}}{}; write {{{{ and }}}} for braces", one_line(name),
                  suggestion(name, known));
    SEQRL_REQUIRE(
        quote_ != '\'',
        "{{{}}} is not replaced in single quotes; remove them: values are quoted automatically",
        name);
    rest_.remove_prefix(close + 1);
    escaped_ = false;
    const std::string value = "${" + hook_variable(name) + "}";
    return quote_ == '"' ? value : '"' + value + '"';
  }

  std::string_view rest_;
  char quote_ = 0;  // the kind around the next character
  bool escaped_ = false;
};

}  // namespace

const std::vector<HooksConfig::Hook>& HooksConfig::all() {
  static const std::vector<Hook> hooks = {
      {"started", &HooksConfig::started},
      {"evaluated", &HooksConfig::evaluated},
      {"checkpoint_saved", &HooksConfig::checkpoint_saved},
      {"finished", &HooksConfig::finished},
      {"stopped", &HooksConfig::stopped},
      {"failed", &HooksConfig::failed},
  };
  return hooks;
}

bool HooksConfig::any() const {
  return std::ranges::any_of(all(),
                             [this](const Hook& hook) { return !(this->*hook.command).empty(); });
}

const std::vector<std::string>& hook_placeholders() {
  static const std::vector<std::string> names = {"run",    "step",  "steps",      "score",
                                                 "return", "event", "checkpoint", "error"};
  return names;
}

void HooksConfig::fields(Fields& field) {
  field("started", started,
        "command to run when training starts or resumes, such as \"notify.sh {run}\"; " +
            fmt::format("a value for each of {{{}}}", fmt::join(hook_placeholders(), "}, {")));
  field("evaluated", evaluated,
        "command to run after each evaluation, such as \"notify.sh {run} {score}\"");
  field("checkpoint_saved", checkpoint_saved, "command to run after each checkpoint");
  field("finished", finished, "command to run when training is complete");
  field("stopped", stopped, "command to run after an interruption, once the run is saved");
  field("failed", failed, "command to run when an error ends the run");
  field("timeout", timeout, "seconds after which a command is killed", in_range(1, 86400));
  field.inspect([this]() -> std::optional<Fields::Fault> {
    for (const auto& [event, command] : all()) {
      try {
        hook_script(this->*command);
      } catch (const Error& error) {
        return Fields::Fault{{event}, error.what()};
      }
    }
    return std::nullopt;
  });
}

std::string hook_script(std::string_view command) {
  return ScriptReader(command).script();
}

std::string hook_variable(std::string_view placeholder) {
  std::string name = "SEQRL_";
  for (const char c : placeholder) name += static_cast<char>(c - 'a' + 'A');
  return name;
}

std::vector<std::string> hook_settings(const HooksConfig& hooks) {
  HooksConfig copy = hooks;
  std::vector<std::string> settings;
  const Fields fields = Fields::of(copy);
  for (const Field& field : fields.all()) {
    const auto* const* text = std::get_if<std::string*>(&field.value);
    if (text == nullptr || (*text)->empty()) continue;
    settings.push_back("hooks." + field.name + "=" + yaml_value(field));
  }
  return settings;
}

}  // namespace seqrl

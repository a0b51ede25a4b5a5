#include "tools/sweep/plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>

#include "agents/config/run_config.h"
#include "agents/learning/env_of_run.h"
#include "agents/runs/run_start.h"
#include "configs/base/error.h"
#include "configs/base/shell.h"
#include "configs/base/text.h"
#include "configs/schema/config.h"
#include "configs/schema/plugin.h"
#include "configs/schema/tree.h"
#include "tools/reports/run_folder.h"

namespace seqrl::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRuns = 100000;
constexpr const char* kConfig = "config";  // the name of the file among the choices

using Choice = std::vector<std::pair<std::string, std::string>>;  // a value for each key

std::vector<Choice> all_choices(const SweepConfig& config) {
  std::vector<Choice> choices = {{}};
  const auto multiply = [&](const std::string& key, const std::vector<std::string>& values) {
    SEQRL_REQUIRE(choices.size() * values.size() <= kMaxRuns, "the grid has more than {} runs",
                  kMaxRuns);
    std::vector<Choice> longer;
    for (const Choice& choice : choices) {
      for (const std::string& value : values) {
        longer.push_back(choice);
        longer.back().emplace_back(key, value);
      }
    }
    choices = std::move(longer);
  };
  multiply(kConfig, config.config);
  for (const auto& [key, values] : config.grid.entries) multiply(key, values);
  std::vector<std::string> seeds;
  for (const std::int64_t seed : config.seeds) seeds.push_back(std::to_string(seed));
  multiply("seed", seeds);
  return choices;
}

// The kind of a section written as a map, "{kind: gru, dim: 8}".
std::string kind_of_section(const std::string& value) {
  constexpr std::string_view kBegin = "{kind: ";
  if (!value.starts_with(kBegin)) return value;
  return value.substr(kBegin.size(), value.find_first_of(",}") - kBegin.size());
}

// Fills {key} in the pattern.
std::string folder_of(const std::string& pattern, const Choice& choice) {
  std::string folder;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = std::min(pattern.find('{', at), pattern.size());
    folder += pattern.substr(at, open - at);
    if (open == pattern.size()) break;
    const std::size_t close = pattern.find('}', open);
    const std::string key = pattern.substr(open + 1, close - open - 1);
    const auto found = std::ranges::find(choice, key, &Choice::value_type::first);
    std::vector<std::string> known;
    for (const auto& [name, value] : choice) known.push_back(name);
    SEQRL_REQUIRE(close != std::string::npos && found != choice.end(),
                  "output: '{}': {{{}}} is neither a key of the grid nor seed{}", pattern, key,
                  suggestion(key, known));
    folder += name_of_choice(key, found->second);
    at = close + 1;
  }
  return folder;
}

// "runs/NAME/min_gru-0.001-1"
std::string default_pattern(const fs::path& sweep, const SweepConfig& config) {
  std::string pattern = "runs/" + sweep.stem().string() + "/";
  if (config.config.size() > 1) pattern += "{config}-";
  for (const auto& [key, values] : config.grid.entries) pattern += fmt::format("{{{}}}-", key);
  return pattern + "{seed}";
}

// Advice for two choices with the same folder.
std::string way_apart(const Choice& one, const Choice& other, const SweepConfig& config,
                      const std::string& default_output) {
  std::string why = "the grid and the seeds contain it twice";
  for (std::size_t i = 0; i < one.size(); ++i) {
    const auto& [key, value] = one[i];
    if (value == other[i].second) continue;
    if (config.output.find("{" + key + "}") == std::string::npos) {
      return "include every key of the grid in it, as in " + default_output;
    }
    why = fmt::format("{} and {} give the same name: {}", value, other[i].second,
                      key.ends_with("path")
                          ? "only the file name of a path is used; give the files different names"
                          : "characters other than letters, digits and _.+- are replaced with _");
  }
  return why;
}

// Whether a sweep may change this key in a run that has begun: its length, or how it is measured.
bool may_change(const std::string& key) {
  return is_incidental(key) || key == "training.steps" || key.starts_with("evaluation.");
}

// Rejects a folder that holds a run other than the sweep's.
void require_same(const RunFolder& there, const RunConfig& wanted) {
  const Settings settings = settings_of(print_config(wanted), "config");
  for (const std::string& key : differing_keys(settings, there.settings)) {
    SEQRL_REQUIRE(may_change(key),
                  "{}: contains a run with another {}: {}, not {}; give the sweep another output, "
                  "or remove that folder",
                  there.path.string(), key, there.setting(key), settings.at(key));
  }
}

RunConfig resolved_config(const SweepRun& run) {
  auto config = read_config<RunConfig>(run.config, run.settings, nullptr, PluginUse::load);
  std::vector<std::string> notes;  // the same for each run
  choose_env(config, notes);
  config.resolve();
  return config;
}

// The state of the run in a folder, for a run with these settings.
SweepRun::State state_of(const fs::path& folder, const RunConfig& wanted) {
  if (!holds_run(folder)) return SweepRun::State::fresh;
  RunFolder run;
  try {
    run = read_run(folder);
  } catch (const Error&) {
    return SweepRun::State::begun;  // resuming it reports the error; the other runs continue
  }
  require_same(run, wanted);
  // eval.json is written before the last checkpoint.
  const bool measured = !run.last.empty() && run.evaluated >= wanted.training.steps;
  return measured ? SweepRun::State::done : SweepRun::State::begun;
}

}  // namespace

void SweepConfig::fields(Fields& field) {
  field("config", config, "base YAML config of all runs; several are varied like the grid",
        required(), not_empty());
  field("settings", settings, "key=value for every run; the command line overrides them");
  field("grid", grid, "values to vary; every combination is a run");
  field("seeds", seeds, "seeds to train each combination with", in_range(0, 1e15), not_empty());
  field("output", output,
        "a run's folder, with {seed} and {KEY} of the grid; \"\" = runs/SWEEP/KEY-…-SEED",
        file_path());
  field("jobs", jobs, "number of runs at a time", in_range(1, 1024));
}

std::string name_of_choice(const std::string& key, std::string value) {
  if (value.size() > 1 && value.front() == '"') value = value.substr(1, value.size() - 2);
  value = kind_of_section(value);
  if (key == kConfig || key.ends_with("path")) value = fs::path(value).stem().string();
  for (char& c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("_.+-").find(c) != std::string_view::npos;
    if (!plain) c = '_';
  }
  return value;
}

bool is_sweep(const fs::path& path) {
  const Tree tree = parse_yaml(read_config_file(path), path.string());
  return tree.kind == Tree::Kind::map && tree.find("config") != nullptr;
}

ResolvedSweep resolve_sweep(const fs::path& path, const std::vector<std::string>& overrides) {
  SweepConfig names;
  const Fields known = Fields::of(names);
  std::vector<std::string> ours, theirs;
  for (const std::string& text : overrides) {
    const std::string name = text.substr(0, text.find_first_of(".="));
    (known.find(name) != nullptr ? ours : theirs).push_back(text);
  }
  ResolvedSweep resolved{{read_config<SweepConfig>(path, ours), {}}, {}};
  SweepConfig& config = resolved.sweep.config;
  std::erase_if(config.settings, [&](const std::string& setting) {
    const std::string key = setting.substr(0, setting.find('=') + 1);
    return std::ranges::any_of(theirs, [&](const auto& text) { return text.starts_with(key); });
  });
  config.settings.insert(config.settings.end(), theirs.begin(), theirs.end());
  if (config.output.empty()) config.output = default_pattern(path, config);

  std::map<fs::path, const Choice*> folders;
  const std::vector<Choice> choices = all_choices(config);
  for (const Choice& choice : choices) {
    SweepRun run;
    run.choice = choice;
    run.folder = folder_of(config.output, choice);
    const auto [there, is_new] = folders.emplace(run.folder.lexically_normal(), &choice);
    if (!is_new) {
      reject("output: two runs would share the folder {}; {}", run.folder.string(),
             way_apart(*there->second, choice, config, default_pattern(path, config)));
    }
    run.settings = config.settings;
    for (const auto& [key, value] : choice) {
      if (key == kConfig) {
        run.config = value;
      } else {
        run.settings.push_back(fmt::format("{}={}", key, value));
      }
    }
    run.settings.push_back("output=" + run.folder.string());
    RunConfig one = resolved_config(run);
    run.steps = one.training.steps;
    run.threads = one.training.threads;
    run.device = one.device;
    run.plugins = one.plugins;
    run.hooks = hook_settings(one.hooks);
    resolved.sweep.runs.push_back(std::move(run));
    resolved.configs.push_back(std::move(one));
  }
  return resolved;
}

Sweep plan_sweep(const fs::path& path, const std::vector<std::string>& overrides) {
  ResolvedSweep resolved = resolve_sweep(path, overrides);
  for (std::size_t i = 0; i < resolved.configs.size(); ++i) {
    SweepRun& run = resolved.sweep.runs[i];
    run.state = state_of(run.folder, resolved.configs[i]);
  }
  return std::move(resolved.sweep);
}

SweepRun::State current_state(const SweepRun& run) {
  return state_of(run.folder, resolved_config(run));
}

std::vector<std::string> train_arguments(const SweepRun& run) {
  if (run.state == SweepRun::State::fresh) {
    std::vector<std::string> arguments = {"train", run.config};
    arguments.insert(arguments.end(), run.settings.begin(), run.settings.end());
    return arguments;
  }
  std::vector<std::string> arguments = {"train", "--resume", run.folder.string(),
                                        fmt::format("training.steps={}", run.steps)};
  if (!run.plugins.empty()) arguments.push_back(plugins_setting(run.plugins));
  arguments.insert(arguments.end(), run.hooks.begin(), run.hooks.end());
  return arguments;
}

std::string shell_command(const SweepRun& run) {
  std::string command = "seqrl";
  for (const std::string& argument : train_arguments(run)) {
    command += ' ';
    command += shell_quoted(argument);
  }
  return command;
}

}  // namespace seqrl::tools

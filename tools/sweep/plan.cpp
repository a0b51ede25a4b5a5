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

// Whether a sweep may change this key in a run that has begun: its length and how it is measured,
// or what does not affect its numbers.
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

// Looks at the run's folder: sets its state, and what it has yet to be measured with.
void look_at(SweepRun& run, const RunConfig& wanted) {
  run.measured_otherwise.clear();
  run.state = SweepRun::State::fresh;
  if (!holds_run(run.folder)) return;
  run.state = SweepRun::State::begun;
  RunFolder there;
  try {
    there = read_run(run.folder);
  } catch (const Error&) {
    return;  // resuming it reports the error; the other runs continue
  }
  require_same(there, wanted);
  const auto differing =
      differing_keys(settings_of(print_config(wanted), "config"), there.settings);
  for (const std::string& setting : run.settings) {
    const std::string key = setting.substr(0, setting.find('='));
    if (!key.starts_with("evaluation.")) continue;
    if (std::ranges::find(differing, key) != differing.end()) {
      run.measured_otherwise.push_back(setting);
    }
  }
  // eval.json is written before the last checkpoint.
  const bool measured = !there.last.empty() && there.evaluated >= wanted.training.steps;
  if (measured) run.state = SweepRun::State::done;
}

// Rejects the config of a single run.
void require_not_a_run(const fs::path& path, const Fields& of_runs) {
  const Tree tree = parse_yaml(read_config_file(path), path.string());
  if (tree.kind != Tree::Kind::map || tree.find("config") != nullptr) return;
  for (const char* key : {"env", "task", "backbone", "training"}) {
    SEQRL_CHECK(of_runs.find(key) != nullptr);
    SEQRL_REQUIRE(tree.find(key) == nullptr,
                  "{}: the config of a single run, not a sweep, which names one with `config`; use "
                  "seqrl train {}",
                  path.string(), shell_quoted(path.string()));
  }
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
  RunConfig run_names;
  const Fields of_runs = Fields::of(run_names);
  std::vector<std::string> ours, theirs;
  for (const std::string& text : overrides) {
    const std::string name = text.substr(0, text.find_first_of(".="));
    if (known.find(name) == nullptr && of_runs.find(name) == nullptr) {
      std::vector<std::string> all = known.names();
      std::ranges::copy(of_runs.names(), std::back_inserter(all));
      reject("command line: '{}': unknown key{}", text, suggestion(name, all));
    }
    (known.find(name) != nullptr ? ours : theirs).push_back(text);
  }
  require_not_a_run(path, of_runs);
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
    look_at(resolved.sweep.runs[i], resolved.configs[i]);
  }
  return std::move(resolved.sweep);
}

void look_again(SweepRun& run) {
  look_at(run, resolved_config(run));
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
  for (const auto* more : {&run.measured_otherwise, &run.hooks}) {
    arguments.insert(arguments.end(), more->begin(), more->end());
  }
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

#include "tools/paper/experiments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "configs/base/shell.h"
#include "configs/schema/config.h"
#include "models/backbones/registry.h"
#include "tools/shipped_configs.h"

namespace seqrl::tools {
namespace {

constexpr std::size_t kMany = 1 << 16;  // more than the settings that runs may differ in

bool is_of_measuring(const std::string& key) {
  return key == "seed" || key == "training.steps" || key == "training.log_every" ||
         key == "task.data" || key == "dataset.path" || key.starts_with("evaluation.");
}

Combination combination(const std::string& path, const SweepRun& run, const RunConfig& config,
                        bool several_configs) {
  Combination made;
  std::vector<std::string> words = {"seqrl", "sweep", path};
  for (const auto& [key, value] : run.choice) {
    const bool is_config = key == "config";
    if (key == "seed" || (is_config && !several_configs)) continue;
    made.name +=
        fmt::format("{}{}={}", made.name.empty() ? "" : " ", key, name_of_choice(key, value));
    words.push_back(shell_quoted(fmt::format("{}{}=[{}]", is_config ? "" : "grid.", key, value)));
  }
  made.command = fmt::format("{}", fmt::join(words, " "));
  made.steps = run.steps;
  if (config.backbone.described() == nullptr) made.parameters = count_parameters(config.backbone);
  made.wanted.settings = settings_of(print_config(config), path);
  return made;
}

std::vector<Experiment> read_experiments() {
  register_builtin_agents();
  std::vector<Experiment> all;
  for (const Asset& file : shipped_paper_configs()) {
    const std::string path = "configs/paper/" + std::string(file.name);
    Experiment& experiment =
        all.emplace_back(Experiment{std::filesystem::path(file.name).stem().string(), {}});
    const ResolvedSweep resolved = resolve_sweep(path, {"seeds=[1]"});
    for (std::size_t i = 0; i < resolved.configs.size(); ++i) {
      experiment.combinations.push_back(combination(path, resolved.sweep.runs[i],
                                                    resolved.configs[i],
                                                    resolved.sweep.config.config.size() > 1));
    }
  }
  return all;
}

std::string differences(const RunFolder& run, const RunFolder& wanted) {
  std::vector<std::string> parts;
  for (const std::string& key : differing_keys(wanted.settings, run.settings)) {
    if (!is_of_measuring(key)) parts.push_back(key + "=" + run.setting(key));
  }
  return fmt::format("{}", fmt::join(parts, "; "));
}

bool same_learning(const RunFolder& a, const RunFolder& b) {
  const bool of_task = !a.kind("task").empty();
  return a.kind("task") == b.kind("task") && a.kind("agent") == b.kind("agent") &&
         (of_task || plain_dataset_name(a.task()) == plain_dataset_name(b.task()));
}

// Whether the run's data, as far as known, is that of the papers' numbers. For generated tasks
// there is nothing to compare.
bool has_papers_data(const std::string& experiment, const RunFolder& run) {
  if (experiment == "shakespeare") {
    return !published_for_task("characters", "min_gru", "loss", run.answers()).empty();
  }
  if (!run.kind("task").empty() || run.kind("agent") != "decision_transformer") return true;
  const bool is_d4rls =
      !published_for_agent(run.kind("agent"), "min_gru", run.task(), "score", run.data_facts)
           .empty();
  return is_d4rls == (experiment == "d4rl");
}

}  // namespace

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all = read_experiments();
  return all;
}

const Experiment* find_experiment(const std::string& name) {
  const auto found = std::ranges::find(experiments(), name, &Experiment::name);
  return found == experiments().end() ? nullptr : &*found;
}

std::optional<Membership> membership_of(const RunFolder& run) {
  std::optional<Membership> best;
  std::size_t fewest = std::numeric_limits<std::size_t>::max();
  for (const Experiment& experiment : experiments()) {
    if (!has_papers_data(experiment.name, run)) continue;
    for (const Combination& one : experiment.combinations) {
      if (!same_learning(run, one.wanted)) continue;
      std::string differs = differences(run, one.wanted);
      std::size_t count =
          differs.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(differs, ';'));
      if (run.learner() != one.wanted.learner()) count += kMany;
      if (count >= fewest) continue;
      fewest = count;
      best = {&experiment, &one, std::move(differs)};
    }
  }
  return best;
}

const Combination* combination_of(const PublishedNumber& number) {
  const Experiment* experiment = find_experiment(number.experiment);
  if (experiment == nullptr) return nullptr;
  for (const Combination& one : experiment->combinations) {
    const RunFolder& wanted = one.wanted;
    const std::string task = wanted.kind("task").empty() ? wanted.task() : wanted.kind("task");
    const std::size_t equal = number.settings.find('=');
    const bool has_settings =
        number.settings.empty() ||
        wanted.setting(number.settings.substr(0, equal)) == number.settings.substr(equal + 1);
    if (task == number.task && wanted.learner() == number.learner && has_settings) return &one;
  }
  return nullptr;
}

}  // namespace seqrl::tools

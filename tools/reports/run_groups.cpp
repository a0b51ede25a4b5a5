#include "tools/reports/run_groups.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "configs/base/error.h"

namespace seqrl::tools {
namespace {

// The settings that determine what a run learned and how it was measured, without its seed.
Settings decisive(const RunFolder& run) {
  Settings settings = run.settings;
  std::erase_if(settings, [](const auto& entry) {
    const std::string& key = entry.first;
    return key == "seed" || key == "dataset.path" || is_incidental(key);
  });
  // A file may have another path on another machine, and another file may have the same name.
  settings["dataset"] = run.dataset_fingerprint;
  if (!run.physics.empty()) settings["mujoco_physics"] = run.physics;
  return settings;
}

// The keys in which these settings differ.
std::set<std::string> differing(const std::vector<const Settings*>& all) {
  std::set<std::string> keys;
  for (const Settings* settings : all) {
    for (const auto& [key, value] : *settings) {
      const auto has_it = [&key = key, &value = value](const Settings* other) {
        const auto found = other->find(key);
        return found != other->end() && found->second == value;
      };
      if (!std::ranges::all_of(all, has_it)) keys.insert(key);
    }
  }
  return keys;
}

std::vector<std::pair<std::string, std::string>> chosen(const Settings& settings,
                                                        const std::set<std::string>& keys) {
  std::vector<std::pair<std::string, std::string>> parts;
  for (const std::string& key : keys) {
    const auto found = settings.find(key);
    if (found != settings.end() && !found->second.empty()) parts.emplace_back(*found);
  }
  return parts;
}

std::string variant_of(const std::vector<std::pair<std::string, std::string>>& differences) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : differences) parts.push_back(key + "=" + value);
  return fmt::format("{}", fmt::join(parts, " "));
}

void require_distinct_seeds(const RunGroup& group) {
  for (auto run = group.runs.begin(); run != group.runs.end(); ++run) {
    const auto same = std::find_if(group.runs.begin(), run, [&](const RunFolder& other) {
      return other.seed() == run->seed();
    });
    SEQRL_REQUIRE(same == run,
                  "{} and {} are the same run: all settings are equal, seed {}; name only one",
                  same->path.string(), run->path.string(), run->seed());
  }
}

}  // namespace

std::vector<RunGroup> group_runs(std::vector<RunFolder> runs) {
  using Row = std::pair<std::string, std::string>;  // task, learner
  std::map<Row, std::map<Settings, std::vector<RunFolder>>> rows;
  for (RunFolder& run : runs) {
    const Row row(run.task(), run.learner());
    Settings settings = decisive(run);
    rows[row][std::move(settings)].push_back(std::move(run));
  }
  std::vector<RunGroup> groups;
  for (auto& [row, variants] : rows) {
    std::vector<const Settings*> all;
    for (const auto& [settings, members] : variants) all.push_back(&settings);
    const std::set<std::string> keys = differing(all);
    for (auto& [settings, members] : variants) {
      auto differences = chosen(settings, keys);
      std::string variant = variant_of(differences);
      groups.push_back(
          {row.first, row.second, std::move(differences), std::move(variant), std::move(members)});
      require_distinct_seeds(groups.back());
    }
  }
  std::ranges::stable_sort(groups, {}, [](const RunGroup& group) {
    return std::tie(group.task, group.learner, group.variant);
  });
  return groups;
}

std::vector<RunGroup> read_groups(const std::vector<std::string>& arguments) {
  std::vector<RunFolder> runs;
  for (const auto& folder : find_runs(arguments)) runs.push_back(read_run(folder));
  return group_runs(std::move(runs));
}

std::vector<double> values_of(const RunGroup& group, const std::string& measure,
                              EvaluationChoice choice) {
  std::vector<double> values;
  for (const RunFolder& run : group.runs) {
    const double value = value_of(choice == EvaluationChoice::last ? run.last : run.best, measure);
    if (std::isfinite(value)) values.push_back(value);
  }
  return values;
}

}  // namespace seqrl::tools

#include "tools/reports/curve_labels.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace seqrl::tools {
namespace {

using Setting = std::pair<std::string, std::string>;

std::string seeds_of(const RunGroup& group) {
  return group.runs.size() == 1 ? "seed " + group.runs[0].seed()
                                : fmt::format("{} seeds", group.runs.size());
}

// A hash of a file, used only if nothing else distinguishes two groups.
bool is_fingerprint(const std::string& key) {
  return key == "dataset" || key.ends_with(".fingerprint");
}

std::string last_part(const std::string& key) {
  return key.substr(key.rfind('.') + 1);
}

// The keys to show, each with its display name.
std::map<std::string, std::string> shown_keys(const std::vector<const RunGroup*>& groups) {
  std::set<std::string> keys;
  std::set<std::pair<std::string, std::vector<Setting>>> telling;  // without fingerprints
  for (const RunGroup* group : groups) {
    std::vector<Setting> settings;
    for (const Setting& setting : group->differences) {
      keys.insert(setting.first);
      if (!is_fingerprint(setting.first)) settings.push_back(setting);
    }
    telling.emplace(group->learner, std::move(settings));
  }
  if (telling.size() == groups.size()) std::erase_if(keys, is_fingerprint);
  std::map<std::string, int> uses;
  for (const std::string& key : keys) ++uses[last_part(key)];
  std::map<std::string, std::string> names;
  for (const std::string& key : keys) {
    names[key] = uses[last_part(key)] == 1 ? last_part(key) : key;
  }
  return names;
}

}  // namespace

CurveLabels label_curves(const std::vector<const RunGroup*>& groups) {
  CurveLabels result;
  const auto names = shown_keys(groups);
  const auto same = [&](const auto& of) {
    return std::ranges::all_of(groups, [&](auto* group) { return of(*group) == of(*groups[0]); });
  };
  const bool one_learner = same([](const RunGroup& group) { return group.learner; });
  const bool one_count = groups.size() > 1 && same(seeds_of);
  if (one_count) result.common = seeds_of(*groups[0]);
  for (const RunGroup* group : groups) {
    std::vector<std::string> words;
    for (const auto& [key, value] : group->differences) {
      if (const auto name = names.find(key); name != names.end()) {
        words.push_back(name->second + "=" + value);
      }
    }
    if (!one_learner || words.empty()) words.insert(words.begin(), group->learner);
    std::string label = fmt::format("{}", fmt::join(words, " "));
    if (!one_count) label += ", " + seeds_of(*group);
    result.labels.push_back(std::move(label));
  }
  return result;
}

}  // namespace seqrl::tools

// A run's config as settings: keys with dots and their values, as its text has them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

// "training.lr" → "0.001", "evaluation.targets" → "3600, 1800". Reads nothing that the text names,
// such as plugins. An Error of kind user, naming `source`, where it is no YAML.
using Settings = std::map<std::string, std::string>;
Settings settings_of(std::string_view yaml, const std::string& source);

// Whether a run may differ from another in this setting and still measure the same: where it ran,
// and how often it saved.
bool is_incidental(const std::string& key);

// The keys, but for incidental ones, that both have and whose values differ. A key that one lacks
// is one that its version of seqrl did not have.
std::vector<std::string> differing_keys(const Settings& a, const Settings& b);

}  // namespace seqrl

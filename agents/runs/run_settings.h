// A run's config as settings: keys with dots and their values, as its text has them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace seqrl {

// "training.lr" → "0.001", "evaluation.targets" → "3600, 1800". Reads nothing that the text refers
// to, such as plugins. An Error of kind user, naming `source`, if it is not YAML.
using Settings = std::map<std::string, std::string>;
Settings settings_of(std::string_view yaml, const std::string& source);

// Whether two runs may differ in this setting and still measure the same: where they ran, and how
// often they saved.
bool is_incidental(const std::string& key);

// The keys, except incidental ones, that both have and whose values differ. A missing key did not
// exist in that run's version of seqrl.
std::vector<std::string> differing_keys(const Settings& a, const Settings& b);

}  // namespace seqrl

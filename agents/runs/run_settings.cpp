#include "agents/runs/run_settings.h"

#include "configs/schema/tree.h"

namespace seqrl {
namespace {

void flatten(const Tree& tree, const std::string& key, Settings& into) {
  const std::string prefix = key.empty() ? "" : key + ".";
  for (const auto& [name, value] : tree.entries) flatten(value, prefix + name, into);
  if (tree.kind == Tree::Kind::map) return;
  std::string& text = into[key];
  if (tree.kind == Tree::Kind::scalar) text = tree.text;
  for (const Tree& item : tree.items) text += (text.empty() ? "" : ", ") + item.text;
}

}  // namespace

Settings settings_of(std::string_view yaml, const std::string& source) {
  Settings settings;
  flatten(parse_yaml(yaml, source), "", settings);
  return settings;
}

bool is_incidental(const std::string& key) {
  return key == "output" || key == "device" || key == "training.threads" ||
         key == "training.checkpoint_every" || key.starts_with("hooks.");
}

std::vector<std::string> differing_keys(const Settings& a, const Settings& b) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : a) {
    const auto other = b.find(key);
    if (other != b.end() && other->second != value && !is_incidental(key)) keys.push_back(key);
  }
  return keys;
}

}  // namespace seqrl

#include "agents/runs/run_changes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "configs/base/error.h"
#include "configs/base/json.h"
#include "configs/schema/config.h"

namespace seqrl {
namespace {

// The settings that a resumed run may change: how long and where it runs, and how it is evaluated.
std::vector<std::string> changeable(const RunConfig& saved) {
  std::vector<std::string> keys = {
      "training.threads",   "training.checkpoint_every", "evaluation.*", "device",
      "training.precision", "training.gpu_shards",       "plugins",      "hooks"};
  // The length of a cosine schedule affects what was learned.
  if (saved.training.schedule == "constant") keys.insert(keys.begin(), "training.steps");
  // The fingerprint identifies a dataset at any location.
  if (!saved.dataset.path.empty()) {
    keys.insert(keys.end(), {"dataset.path", "dataset.python", "dataset.minari", "dataset.cache",
                             "dataset.env_mismatch"});
  }
  EnvSection env(saved.env);
  const Fields fields = env.fields();
  for (const Field& field : fields.all()) {
    if (env.shared().is_incidental(field.name)) keys.push_back("env." + field.name);
  }
  return keys;
}

bool may_change(const std::string& key, const RunConfig& saved) {
  if (key == "output") return true;  // the folder's name, which may have moved
  const auto covers = [&](std::string_view known) {
    if (known.ends_with(".*")) return key.starts_with(known.substr(0, known.size() - 1));
    return key == known || key.starts_with(std::string(known) + ".");
  };
  return std::ranges::any_of(changeable(saved), covers);
}

}  // namespace

void require_same_learning(const std::filesystem::path& folder, const RunConfig& now,
                           const RunConfig& saved) {
  const nlohmann::json a = with_dotted_keys(config_json(now)),
                       b = with_dotted_keys(config_json(saved));
  // Kinds come first: another kind has other keys, which are less informative.
  std::vector<std::string> keys;
  for (const auto& [key, value] : a.items()) keys.push_back(key);
  std::stable_partition(keys.begin(), keys.end(),
                        [](const std::string& key) { return key.ends_with(".kind"); });
  for (const std::string& key : keys) {
    const nlohmann::json& value = a[key];
    const bool same = b.contains(key) && b[key] == value;
    SEQRL_REQUIRE(same || may_change(key, saved),
                  "{}: {} is {}, but the run was trained with {}; a resumed run may change "
                  "{}; for anything else start a new run",
                  folder.string(), key, value.dump(),
                  b.contains(key) ? b[key].dump() : "something else",
                  fmt::join(changeable(saved), ", "));
  }
}

}  // namespace seqrl

#include "agents/policies/shipped_policies.h"

#include <algorithm>
#include <filesystem>

#include "configs/base/text.h"
#include "envs/assets.h"

namespace seqrl {
namespace {

std::string_view name_of(const Asset& asset) {
  return asset.name.substr(0, asset.name.rfind('.'));
}

}  // namespace

std::vector<std::string> shipped_policies() {
  std::vector<std::string> names;
  for (const Asset& asset : builtin_policies()) names.emplace_back(name_of(asset));
  return names;
}

bool is_shipped_policy(std::string_view name) {
  return std::ranges::any_of(builtin_policies(),
                             [&](const Asset& asset) { return name_of(asset) == name; });
}

CheckpointReader open_checkpoint(const std::string& name, CheckpointChoice choice) {
  SEQRL_REQUIRE(!name.empty(), "no agent named: give a run, a checkpoint or a shipped policy");
  if (std::filesystem::exists(name)) return CheckpointReader(find_checkpoint(name, choice));
  for (const Asset& asset : builtin_policies()) {
    if (name_of(asset) != name) continue;
    SEQRL_REQUIRE(choice == CheckpointChoice::usual,
                  "checkpoint=…: the shipped policy {} is one checkpoint; leave it out", name);
    return CheckpointReader("the shipped policy " + std::string(asset.name), asset.text);
  }
  reject("{}: no such run, checkpoint or shipped policy{}", one_line(name),
         suggestion(name, shipped_policies()));
}

TrainedAgent find_agent(const std::string& name, CheckpointChoice choice) {
  return load_agent(open_checkpoint(name, choice));
}

}  // namespace seqrl

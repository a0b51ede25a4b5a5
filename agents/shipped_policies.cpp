#include "agents/shipped_policies.h"

#include <filesystem>
#include <utility>

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

std::optional<TrainedAgent> load_shipped_policy(std::string_view name) {
  for (const Asset& asset : builtin_policies()) {
    if (name_of(asset) != name) continue;
    return load_agent(
        CheckpointReader("the shipped policy " + std::string(asset.name), asset.text));
  }
  return std::nullopt;
}

TrainedAgent find_agent(const std::string& name) {
  SEQRL_REQUIRE(!name.empty(), "no agent named: give a run, a checkpoint or a shipped policy");
  if (std::filesystem::exists(name)) return load_agent(find_checkpoint(name));
  if (auto shipped = load_shipped_policy(name)) return std::move(*shipped);
  reject("'{}' is neither a run nor a checkpoint nor a shipped policy{}", name,
         suggestion(name, shipped_policies()));
}

}  // namespace seqrl

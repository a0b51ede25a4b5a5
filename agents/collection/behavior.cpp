#include "agents/collection/behavior.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "agents/collection/random_policy.h"
#include "agents/sac/gaussian_actor.h"
#include "envs/assets.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

constexpr std::string_view kExtension = ".safetensors";

// "hopper-expert.safetensors"
std::string asset_of(const std::string& env, const std::string& level) {
  return fmt::format("{}-{}{}", env, level, kExtension);
}

TrainedAgent load(const std::string& policy, const std::string& env) {
  for (const Asset& asset : builtin_policies()) {
    if (asset.name == asset_of(env, policy)) {
      return load_agent(
          CheckpointReader("the shipped policy " + std::string(asset.name), asset.text));
    }
  }
  if (std::filesystem::exists(policy)) return load_agent(find_checkpoint(policy));
  const std::vector<std::string> levels = shipped_levels(env);
  reject("policy: '{}' is neither a run or checkpoint nor shipped for {}; known: random{}{}",
         policy, env, levels.empty() ? "" : ", ", fmt::join(levels, ", "));
}

}  // namespace

std::vector<std::string> shipped_levels(const std::string& env) {
  std::vector<std::string> levels;
  for (const Asset& asset : builtin_policies()) {
    std::string_view name = asset.name;
    if (!name.starts_with(env + "-") || !name.ends_with(kExtension)) continue;
    name.remove_prefix(env.size() + 1);
    name.remove_suffix(kExtension.size());
    levels.emplace_back(name);
  }
  return levels;
}

Behavior::Behavior(const std::string& policy, const EnvSection& env) : name_(policy) {
  const std::unique_ptr<Env> world = make_env(env);
  actions_ = world->action_space();
  if (policy == "random") return;
  trained_ = std::make_unique<TrainedAgent>(load(policy, env.kind()));
  const Problem& problem = trained_->agent->problem();
  SEQRL_REQUIRE(problem.observation_dim == world->observation_space().dim() &&
                    problem.action_dim == actions_.dim(),
                "policy: {} was made for {}, whose observations have {} numbers and actions {}, "
                "but those of {} have {} and {}",
                policy, title_of(trained_->config.env), problem.observation_dim, problem.action_dim,
                title_of(env), world->observation_space().dim(), actions_.dim());
  weights_ = std::make_unique<PackedWeights>(*trained_->parameters, false);
}

std::unique_ptr<Policy> Behavior::make_policy(std::uint64_t seed, std::uint32_t episode,
                                              bool deterministic) const {
  if (!trained_) return std::make_unique<RandomPolicy>(actions_, seed, episode);
  const auto* actor = dynamic_cast<const GaussianActor*>(trained_->agent.get());
  if (actor && !deterministic) return actor->make_sampling_policy(*weights_, seed, episode);
  return trained_->agent->make_policy(ActMode::stream, *weights_);
}

double Behavior::target() const {
  const bool has_one = trained_ && trained_->agent->uses_targets();
  return has_one ? trained_->config.evaluation.targets.at(0) : 0;
}

std::string Behavior::algorithm() const {
  return trained_ ? trained_->config.agent.kind() : "random";
}

std::vector<ParameterBlock::Entry> Behavior::parameters() const {
  return trained_ ? trained_->parameters->entries() : std::vector<ParameterBlock::Entry>{};
}

}  // namespace seqrl

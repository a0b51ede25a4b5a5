#include "agents/collection/behavior_policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "agents/collection/random_policy.h"
#include "agents/policies/shipped_policies.h"
#include "agents/policies/stochastic_policy.h"
#include "envs/registry.h"

namespace seqrl {
namespace {

TrainedAgent load(const std::string& policy, const std::string& env, CheckpointChoice choice) {
  const std::string shipped = env + "-" + policy;
  if (is_shipped_policy(shipped)) return find_agent(shipped, choice);
  if (std::filesystem::exists(policy) || is_shipped_policy(policy)) {
    return find_agent(policy, choice);
  }
  std::vector<std::string> levels = shipped_levels(env);
  if (levels.size() > 1) levels.emplace_back("medium-expert");  // half of each (see collect)
  reject(
      "policy: '{}' is neither a run, a checkpoint nor a policy shipped for {}; known: random{}{}",
      policy, env, levels.empty() ? "" : ", ", fmt::join(levels, ", "));
}

}  // namespace

std::vector<std::string> shipped_levels(const std::string& env) {
  std::vector<std::string> levels;
  for (const std::string& name : shipped_policies()) {
    if (name.starts_with(env + "-")) levels.push_back(name.substr(env.size() + 1));
  }
  return levels;
}

BehaviorPolicy::BehaviorPolicy(const std::string& policy, const EnvSection& env,
                               CheckpointChoice choice)
    : name_(policy), env_(env.kind()) {
  const std::unique_ptr<Env> environment = make_env(env);
  actions_ = environment->action_space();
  if (policy == "random") {
    SEQRL_REQUIRE(choice == CheckpointChoice::usual,
                  "checkpoint=…: a random policy has none; leave it out");
    return;
  }
  trained_ = std::make_unique<TrainedAgent>(load(policy, env.kind(), choice));
  const AgentSpec& spec = trained_->agent->spec();
  SEQRL_REQUIRE(spec.observation_dim == environment->observation_space().dim() &&
                    spec.action_dim == actions_.dim(),
                "policy: {} was made for {} with observations of {} numbers and actions of {}, but "
                "{} has {} and {}",
                policy, title_of(trained_->config.env), spec.observation_dim, spec.action_dim,
                title_of(env), environment->observation_space().dim(), actions_.dim());
  SEQRL_REQUIRE(spec.action_choices == actions_.choices,
                "policy: {} was made for {}, whose actions are {}, but those of {} are {}", policy,
                title_of(trained_->config.env), choices_text(spec.action_choices), title_of(env),
                choices_text(actions_.choices));
  weights_ = std::make_unique<PackedWeights>(*trained_->parameters, false);
}

std::unique_ptr<Policy> BehaviorPolicy::make_policy(std::uint64_t seed, std::uint32_t episode,
                                                    bool deterministic) const {
  if (!trained_) return std::make_unique<RandomPolicy>(actions_, seed, episode);
  if (!deterministic) {
    auto sampling = trained_->agent->make_sampling_policy(*weights_, seed, episode);
    if (sampling) return sampling;
  }
  return trained_->agent->make_policy(ActMode::stream, *weights_);
}

double BehaviorPolicy::target(const std::optional<double>& given) const {
  if (!trained_ || !trained_->agent->uses_targets()) {
    SEQRL_REQUIRE(!given, "targets: {} takes no target return; leave it out", name_);
    return 0;
  }
  if (given) return *given;
  std::vector<double> targets = trained_->config.evaluation.targets;
  if (targets.empty()) targets = standard_targets(env_);
  SEQRL_REQUIRE(!targets.empty(), "{} has no target return; give one, such as targets=1000", name_);
  return targets.front();
}

std::string BehaviorPolicy::algorithm() const {
  return trained_ ? trained_->config.agent.kind() : "random";
}

std::vector<ParameterBlock::Entry> BehaviorPolicy::parameters() const {
  return trained_ ? trained_->parameters->entries() : std::vector<ParameterBlock::Entry>{};
}

}  // namespace seqrl

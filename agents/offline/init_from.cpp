#include "agents/offline/init_from.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "agents/policies/checkpoint.h"
#include "configs/base/error.h"

namespace seqrl {
namespace {

void require_same(const std::string& file, const char* what, const std::string& there,
                  const std::string& here) {
  SEQRL_REQUIRE(there == here, "init_from: {}: its {} is {}, but this run's is {}", file, what,
                there, here);
}

}  // namespace

AgentSpec spec_with_init(const RunConfig& config, AgentSpec spec) {
  // A resumed run has its initial values in its own checkpoint.
  const bool goes_on = !config.resumed_from.empty();
  if (config.init_from.empty()) return spec;
  const std::filesystem::path path =
      goes_on ? config.resumed_from : find_checkpoint(config.init_from);
  const TrainedAgent init = load_agent(path);
  const AgentSpec& from = init.agent->spec();
  require_same(path, "agent", init.config.agent.kind(), config.agent.kind());
  require_same(path, "backbone", learner_name(init.config), learner_name(config));
  require_same(path, "observation", fmt::format("{} numbers", from.observation_dim),
               fmt::format("{} numbers", spec.observation_dim));
  const auto action = [](const AgentSpec& of) {
    return of.action_choices > 0 ? fmt::format("discrete ({} choices)", of.action_choices)
                                 : fmt::format("{} numbers", of.action_dim);
  };
  require_same(path, "action", action(from), action(spec));
  spec.max_episode_steps = std::max(spec.max_episode_steps, from.max_episode_steps);
  if (config.init_normalization == "keep") {
    spec.observation_mean = from.observation_mean;
    spec.observation_std = from.observation_std;
  }
  return spec;
}

void read_init_weights(const RunConfig& config, const ParameterBlock& block) {
  if (config.init_from.empty() || !config.resumed_from.empty()) return;
  CheckpointReader(find_checkpoint(config.init_from)).read(block, "model.");
}

}  // namespace seqrl

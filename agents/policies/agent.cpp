#include "agents/policies/agent.h"

#include <utility>

#include "agents/policies/stochastic_policy.h"
#include "configs/base/text.h"

namespace seqrl {

std::string choices_text(int choices) {
  return choices == 0 ? "continuous" : fmt::format("discrete ({} choices)", choices);
}

ActMode act_mode(const std::string& name) {
  if (name == "window") return ActMode::window;
  if (name == "stream") return ActMode::stream;
  reject("'{}' is not an acting mode{}", name, suggestion(name, {"window", "stream"}));
}

const char* name_of(ActMode mode) {
  return mode == ActMode::window ? "window" : "stream";
}

Agent::Agent(AgentSpec spec)
    : Module(nullptr, ""),
      spec_(std::move(spec)),
      normalization_(spec_.observation_mean, spec_.observation_std) {
  SEQRL_CHECK(spec_.observation_dim > 0 && spec_.action_dim > 0);
  SEQRL_CHECK(static_cast<std::int64_t>(normalization_.dim()) == spec_.observation_dim);
  const auto actions = static_cast<std::size_t>(spec_.action_dim);
  SEQRL_CHECK(spec_.action_choices == 0 || (spec_.action_choices > 0 && spec_.action_dim == 1));
  if (spec_.action_choices > 0) {
    spec_.action_low = {0};
    spec_.action_high = {static_cast<double>(spec_.action_choices - 1)};
    action_scale_ = ActionScale::of_choices(spec_.action_choices);
    return;
  }
  if (spec_.action_low.empty()) spec_.action_low.assign(actions, -1);
  if (spec_.action_high.empty()) spec_.action_high.assign(actions, 1);
  SEQRL_CHECK(spec_.action_low.size() == actions && spec_.action_high.size() == actions);
  action_scale_ = ActionScale(spec_.action_low, spec_.action_high);
}

std::unique_ptr<StochasticPolicy> Agent::make_sampling_policy(const PackedWeights&, std::uint64_t,
                                                              std::uint32_t) const {
  return nullptr;
}

std::unique_ptr<DevicePolicy> Agent::make_device_policy(Device, ActMode,
                                                        std::span<const double>) const {
  fail_internal_check("acts_on_devices()", __FILE__, __LINE__);
}

}  // namespace seqrl

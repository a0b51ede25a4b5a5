#include "agents/policies/agent.h"

#include <utility>

#include "agents/policies/device_policy.h"
#include "configs/base/text.h"

namespace seqrl {

ActMode act_mode(const std::string& name) {
  if (name == "window") return ActMode::window;
  if (name == "stream") return ActMode::stream;
  reject("'{}' is no way to act{}", name, suggestion(name, {"window", "stream"}));
}

const char* name_of(ActMode mode) {
  return mode == ActMode::window ? "window" : "stream";
}

Agent::Agent(Problem problem)
    : Module(nullptr, ""),
      problem_(std::move(problem)),
      normalization_(problem_.observation_mean, problem_.observation_std) {
  SEQRL_CHECK(problem_.observation_dim > 0 && problem_.action_dim > 0);
  SEQRL_CHECK(static_cast<std::int64_t>(normalization_.dim()) == problem_.observation_dim);
  const auto actions = static_cast<std::size_t>(problem_.action_dim);
  if (problem_.action_low.empty()) problem_.action_low.assign(actions, -1);
  if (problem_.action_high.empty()) problem_.action_high.assign(actions, 1);
  SEQRL_CHECK(problem_.action_low.size() == actions && problem_.action_high.size() == actions);
  action_scale_ = ActionScale(problem_.action_low, problem_.action_high);
}

std::unique_ptr<DevicePolicy> Agent::make_device_policy(Device, ActMode,
                                                        std::span<const double>) const {
  fail("internal error: an agent that acts on the CPU only");
}

}  // namespace seqrl

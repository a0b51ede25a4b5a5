// An agent is a network that acts: a module with parameters that creates policies.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agents/datasets/action_scale.h"
#include "agents/datasets/normalization.h"
#include "agents/policies/policy.h"
#include "models/nn/module.h"
#include "models/nn/packed_weights.h"

namespace seqrl {

class DevicePolicy;
class StepGraph;
class StochasticPolicy;

// An agent's knowledge of the environment and of its data, besides its own options.
struct AgentSpec {
  std::int64_t observation_dim = 0, action_dim = 0;
  std::int64_t context = 20;              // timesteps in a training window
  std::int64_t max_episode_steps = 1000;  // no episode is longer
  double dropout = 0.1;
  std::vector<double> observation_mean, observation_std;  // (observation_dim)
  // The box of actions in the environment's units (action_dim); empty = ±1. Networks output [−1,
  // 1]: policies use the environment's units, losses the agent's.
  std::vector<double> action_low = {}, action_high = {};
  // n: an action is one number, the index 0 … n − 1 of a choice; 0: a box. Networks receive it as n
  // numbers, one-hot, and return n logits.
  int action_choices = 0;

  // The size of an action in a network.
  std::int64_t action_width() const { return action_choices > 0 ? action_choices : action_dim; }
};

// A description of the actions, for messages: "discrete (4 choices)" or "continuous".
std::string choices_text(int choices);

// How a sequence agent acts; both give the same actions for the first `context` timesteps.
enum class ActMode {
  window,  // the last `context` timesteps are recomputed for every action, as in papers
  stream,  // a state is carried: constant time and memory per action
};

// The names of the modes in configs and reports. An unknown name is an Error of kind user.
ActMode act_mode(const std::string& name);
const char* name_of(ActMode mode);

// The parameters are in a ParameterBlock; an agent defines how to use them, and how its
// environment's numbers are scaled.
class Agent : public Module {
 public:
  // The spec's sizes must be consistent; an empty box of actions becomes ±1, or the indices of
  // choices.
  explicit Agent(AgentSpec spec);

  const AgentSpec& spec() const { return spec_; }
  const Normalization& normalization() const { return normalization_; }
  const ActionScale& action_scale() const { return action_scale_; }

  // Whether it is conditioned on a target return; if not, one target stands for all.
  virtual bool uses_targets() const { return false; }
  // Whether it remembers earlier timesteps; if not, both modes are the same.
  virtual bool has_memory() const { return false; }

  // A policy with its own memory. The agent and `weights`, which hold its current parameters, must
  // outlive it.
  virtual std::unique_ptr<Policy> make_policy(ActMode mode, const PackedWeights& weights) const = 0;

  // A policy that samples its actions, for collecting: those of episode e at timestep t are a
  // function of (seed, e, t) and of the observation; the group's episodes are first, first + 1, ….
  // Null if the agent does not sample.
  virtual std::unique_ptr<StochasticPolicy> make_sampling_policy(const PackedWeights& weights,
                                                                 std::uint64_t seed,
                                                                 std::uint32_t first) const;

  // Writes its computation of an action, as in ActMode::stream, for programs that act without
  // seqrl. Returns false if it has no such form; the output is then invalid.
  virtual bool write_step(StepGraph&) const { return false; }

  // Whether it can act on the device of its parameters; others act on the CPU only.
  virtual bool acts_on_devices() const { return false; }
  // A policy on the device, only if acts_on_devices(). It begins an episode with each of these
  // target returns. The agent must outlive it.
  virtual std::unique_ptr<DevicePolicy> make_device_policy(
      Device device, ActMode mode, std::span<const double> target_returns) const;

 private:
  AgentSpec spec_;
  Normalization normalization_;
  ActionScale action_scale_;
};

}  // namespace seqrl

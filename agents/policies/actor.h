// An actor is a trained agent that acts in a program's own environments.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/policies/checkpoint.h"
#include "agents/policies/policy.h"
#include "models/nn/packed_weights.h"

namespace Eigen {
template <typename Derived>
class MatrixBase;
}

namespace seqrl {

// Acts in one environment, or in several at once:
//
//   Actor actor("runs/hopper-min_gru");
//   actor.reset(3600);                                // an episode begins
//   double reward = 0;
//   while (…) {
//     const auto action = actor.act(observation, reward);
//     …                                               // the program gets observation, reward
//   }
//
// Observations are as the environment gives them: the actor normalises them. Actions are those of
// `seqrl eval` in the same mode, and do not depend on the other environments. If the agent's config
// has `evaluation.actions: sampled`, episodes are numbered in the order in which they are reset,
// and those of one reset() in the order of their environments. In `stream` mode, act() allocates
// nothing from the first call on, as long as all episodes begin together. An episode begun alone by
// reset_one allocates during its first `context` steps, and a Transformer with a window set to more
// than its context until that window is full. Not thread-safe.
class Actor {
 public:
  // A run's folder (its last checkpoint, unless its best is chosen), a checkpoint's file, an
  // exported folder, or the name of a shipped policy, such as "hopper-expert". An Error of kind
  // user if it is none of these, or a task's, or if it requests plugins that the program has not
  // loaded: a checkpoint is data, plugins are code. `plugins` are loaded instead of those that it
  // names.
  explicit Actor(const std::string& run_or_checkpoint_or_name, std::int64_t environments = 1,
                 ActMode mode = ActMode::stream,
                 CheckpointChoice checkpoint = CheckpointChoice::usual,
                 const std::vector<std::string>& plugins = {});
  // An agent whose parameters are on the CPU.
  explicit Actor(TrainedAgent trained, std::int64_t environments = 1,
                 ActMode mode = ActMode::stream);

  // Begins an episode in every environment, or in one of them, counted from 0. `target_return` is
  // the requested return, unscaled; default: the first of the agent's config. Agents without
  // targets ignore it. A target that is missing or not finite, or an environment that does not
  // exist, is an Error of kind user.
  void reset(std::optional<double> target_return = std::nullopt);
  void reset_one(std::int64_t environment, std::optional<double> target_return = std::nullopt);

  // The next action (action_dim) of the only environment for an observation (observation_dim), in
  // the environment's units. `reward` is the result of the last action, ignored at an episode's
  // first timestep. The result is valid until the next call.
  //
  // Wrong sizes, numbers that are not finite in float32, a call before reset() and an episode
  // longer than the agent was trained for are Errors of kind user; the actor is then unchanged. So
  // is an action that is not finite, after which the episode must be reset.
  std::span<const double> act(std::span<const double> observation, double reward);

  // The same with Eigen's vectors, defined in <seqrl/actor.h>.
  template <typename Derived>
  auto act(const Eigen::MatrixBase<Derived>& observation, double reward);

  // The next actions, (environments, action_dim), for observations (environments, observation_dim)
  // and rewards (environments), all row-major. Errors as above.
  std::span<const double> act(std::span<const double> observations,
                              std::span<const double> rewards);

  // Whether the next act() uses rewards: for an agent with targets, after the first timestep of
  // some episode.
  bool needs_rewards() const;

  std::int64_t environments() const { return environments_; }
  std::int64_t observation_dim() const { return trained_.agent->spec().observation_dim; }
  std::int64_t action_dim() const { return trained_.agent->spec().action_dim; }
  // 0: actions are vectors; n: each is one number, the index 0 … n − 1 of a choice.
  int action_choices() const { return trained_.agent->spec().action_choices; }
  const TrainedAgent& trained() const { return trained_; }

 private:
  // Environments with episodes of the same age share a policy.
  struct Group {
    std::unique_ptr<Policy> policy;
    std::int64_t timestep = 0;            // for the next action
    std::vector<std::int64_t> rows = {};  // environments, ascending
    std::vector<double> targets = {};     // target returns, while timestep is 0
    std::vector<double> observations = {}, rewards = {}, actions = {};
  };
  double target_or_default(std::optional<double> target_return) const;
  void begin(Group& group);
  void forget(std::int64_t environment);
  Group& youngest();
  void check(std::span<const double> observations, std::span<const double> rewards) const;
  void act(Group& group, std::span<const double> observations, std::span<const double> rewards);
  void warm_up();

  TrainedAgent trained_;
  std::unique_ptr<PackedWeights> weights_;
  std::int64_t environments_;
  ActMode mode_;
  std::vector<Group> groups_;
  std::vector<std::unique_ptr<Policy>> spare_;  // their episodes have ended
  std::vector<double> actions_;                 // (environments, action_dim)
  bool samples_ = false;
  std::vector<std::uint32_t> numbers_;  // (environments), episode numbers, if it samples
  std::uint32_t next_number_ = 0;
};

}  // namespace seqrl

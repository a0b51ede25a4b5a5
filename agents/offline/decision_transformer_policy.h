// The policies of a Decision Transformer: one for each mode of acting.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agents/offline/decision_transformer_network.h"
#include "agents/policies/decoding_policy.h"

namespace seqrl {

// The base of both: it holds the returns-to-go, which decrease by the rewards, and the tape of an
// action.
class DecisionTransformerPolicy : public DecodingPolicy {
 public:
  DecisionTransformerPolicy(const DecisionTransformerNetwork& agent, const PackedWeights& weights);

  void begin(std::span<const double> target_returns) override;
  void act(std::span<const double> observations, std::span<const double> rewards,
           std::span<double> actions) override;
  void keep(std::span<const std::int64_t> rows) override;
  std::unique_ptr<Policy> fork(std::span<const std::int64_t> rows) const override;

 protected:
  virtual void begin_episodes(std::int64_t episodes) = 0;
  // The actions of this timestep (episodes, …, action_width); the last of each episode counts.
  virtual Tensor predict(const Tensor& returns_to_go, const Tensor& observations) = 0;
  // As returned by the network, or one-hot.
  virtual void remember(std::span<const float> actions) = 0;
  virtual void keep_episodes(std::span<const std::int64_t> rows) = 0;
  // A policy with this one's memory of these episodes.
  virtual std::unique_ptr<DecisionTransformerPolicy> fork_episodes(
      std::span<const std::int64_t> rows) const = 0;

  const DecisionTransformerNetwork& agent_;
  const PackedWeights& weights_;
  Tape tape_;
  std::int64_t episodes_ = 0;
  std::int64_t timestep_ = 0;

 private:
  std::vector<double> returns_to_go_;             // (episodes), unscaled
  std::vector<float> scaled_, observed_, acted_;  // as the network sees them
};

// The timesteps of a stream's input tokens, the same for every episode: two at the first timestep,
// then three, the first of which is the previous action.
void write_timesteps(std::int64_t timestep, std::span<std::int32_t> of_tokens);

// Carries the backbone's state: three tokens in, one action out.
class StreamPolicy : public DecisionTransformerPolicy {
 public:
  using DecisionTransformerPolicy::DecisionTransformerPolicy;

 protected:
  void begin_episodes(std::int64_t episodes) override;
  Tensor predict(const Tensor& returns_to_go, const Tensor& observations) override;
  void remember(std::span<const float> actions) override;
  void keep_episodes(std::span<const std::int64_t> rows) override;
  std::unique_ptr<DecisionTransformerPolicy> fork_episodes(
      std::span<const std::int64_t> rows) const override;

 private:
  std::optional<State> state_;
  std::vector<float> previous_actions_;  // (episodes, action_width)
};

// Recomputes the last `context` timesteps, for a part of the episodes at a time: the intermediate
// results of a pass stay in the caches.
class WindowPolicy : public DecisionTransformerPolicy {
 public:
  using DecisionTransformerPolicy::DecisionTransformerPolicy;

 protected:
  void begin_episodes(std::int64_t episodes) override;
  Tensor predict(const Tensor& returns_to_go, const Tensor& observations) override;
  void remember(std::span<const float> actions) override;
  void keep_episodes(std::span<const std::int64_t> rows) override;
  std::unique_ptr<DecisionTransformerPolicy> fork_episodes(
      std::span<const std::int64_t> rows) const override;

 private:
  // Timesteps one after another, each (episodes, dim); at most `context` of them, oldest first.
  struct History {
    std::vector<std::vector<float>> steps;
    void push(const float* values, std::size_t count, std::size_t context);
    void keep(std::span<const std::int64_t> rows, std::size_t dim);
    Tensor tensor(Tape& tape, const Shard& part, std::int64_t dim) const;
  };
  // Writes the actions of some episodes.
  void predict_part(const Shard& part, const Tensor& predicted);

  History returns_, observations_, actions_;
  Tape part_tape_;
};

}  // namespace seqrl

// The device policies of a Decision Transformer: one for each mode of acting.
#pragma once

#include "agents/offline/decision_transformer_network.h"
#include "agents/policies/device_policy.h"

namespace seqrl {

// Carries the backbone's state in device memory. If that state grows, as for a Transformer without
// a window, the steps are not repeated as a graph.
class DeviceStreamPolicy : public DevicePolicy {
 public:
  DeviceStreamPolicy(const DecisionTransformerNetwork& agent, Device device,
                     std::span<const double> target_returns);

 protected:
  void write(std::int64_t timestep, Upload& upload) override;
  Tensor predict(Tape& tape, std::int64_t timestep, const Upload& sent,
                 const Tensor& previous_actions) override;
  bool same_work_each_step(std::int64_t timestep) const override {
    return timestep > 0 && !state_.depends_on_length();
  }

 private:
  enum Own : std::size_t { kTimesteps = kFirstOwn };

  const DecisionTransformerNetwork& agent_;
  State state_;
};

// Recomputes the last `context` timesteps. The device keeps them. At an episode's beginning they
// are padded on the right: no action depends on later tokens.
class DeviceWindowPolicy : public DevicePolicy {
 public:
  DeviceWindowPolicy(const DecisionTransformerNetwork& agent, Device device,
                     std::span<const double> target_returns);

 protected:
  void write(std::int64_t timestep, Upload& upload) override;
  Tensor predict(Tape& tape, std::int64_t timestep, const Upload& sent,
                 const Tensor& previous_actions) override;
  bool same_work_each_step(std::int64_t) const override { return true; }

 private:
  // The places of the window's timesteps among those kept, their numbers, and the place of the
  // answer.
  enum Own : std::size_t { kPlaces = kFirstOwn, kActionPlaces, kTimesteps, kAnswers };

  // The latest `context` timesteps, oldest first, zeros before the first.
  struct History {
    History(std::int64_t rows, std::int64_t context, std::int64_t dim, Device device);
    Storage memory;
    Tensor steps;  // (rows, context, dim)
  };

  const DecisionTransformerNetwork& agent_;
  History returns_, observations_, actions_;
};

}  // namespace seqrl

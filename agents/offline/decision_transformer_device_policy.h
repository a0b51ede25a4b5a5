// The device policies of a Decision Transformer: one for each mode of acting.
#pragma once

#include "agents/offline/decision_transformer_network.h"
#include "agents/policies/device_policy.h"

namespace seqrl {

// Carries the backbone's state in the device's memory. Steps of a backbone whose state grows, a
// Transformer without a window, do not repeat themselves.
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

// Computes the last `context` timesteps anew. The device keeps them, and pads what is missing at an
// episode's beginning on the right: no action depends on what comes after it.
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
  // Where the window's timesteps are among those kept, their numbers, and which one to answer at.
  enum Own : std::size_t { kPlaces = kFirstOwn, kActionPlaces, kTimesteps, kAnswers };

  // The latest `context` timesteps, the last one last, zeros before the first.
  struct History {
    History(std::int64_t rows, std::int64_t context, std::int64_t dim, Device device);
    Storage memory;
    Tensor steps;  // (rows, context, dim)
  };

  const DecisionTransformerNetwork& agent_;
  History returns_, observations_, actions_;
};

}  // namespace seqrl

// A device policy maps observations to actions on a device, for a group of episodes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agents/policies/action_decoder.h"
#include "agents/policies/agent.h"
#include "models/core/captured_graph.h"
#include "models/core/tape.h"
#include "models/core/transfer.h"

namespace seqrl {

// Acts for a group of episodes, one per row, that advance together. Rows of finished episodes stay,
// so that the device repeats the same work at every timestep, as a graph. A row's actions depend in
// their last bits on the number of rows, but never on the other rows.
class DevicePolicy {
 public:
  virtual ~DevicePolicy() = default;

  // Starts computing the actions of the next timestep, without waiting:
  //   observations  (rows, observation_dim)
  //   rewards       (rows), results of the previous action; ignored at the first timestep
  // Rows of finished episodes may hold any finite numbers.
  void begin_act(std::span<const double> observations, std::span<const double> rewards);

  // As Policy::sample(), before the first timestep.
  void sample(std::uint64_t seed, std::span<const std::uint32_t> episodes) {
    decoder_.sample(seed, episodes);
  }

  // Waits for them, and writes them: (rows, action_dim), in the environment's units.
  void read_actions(std::span<double> actions);

 protected:
  // The agent must outlive it. Returns are divided by `return_scale`. `more` are the shapes of a
  // subclass's additional uploads, as parts kFirstOwn, ….
  DevicePolicy(const Agent& agent, Device device, std::span<const double> target_returns,
               double return_scale = 1, std::vector<Upload::Part> more = {});

  enum Part : std::size_t { kObservations, kReturnsToGo, kFirstOwn };

  // Writes the parts of `more` for a timestep.
  virtual void write(std::int64_t /*timestep*/, Upload& /*upload*/) {}

  // The actions of a timestep as networks return them, rows · action_width elements. `sent` holds
  // observations (rows, 1, observation_dim), normalised, returns-to-go (rows, 1, 1), scaled, and
  // what write() wrote; previous_actions is (rows, 1, action_width), zeros at the first timestep.
  virtual Tensor predict(Tape& tape, std::int64_t timestep, const Upload& sent,
                         const Tensor& previous_actions) = 0;

  // Whether predict() queues the same work on the same memory from this timestep on.
  virtual bool same_work_each_step(std::int64_t timestep) const = 0;

  std::int64_t rows() const { return static_cast<std::int64_t>(returns_to_go_.size()); }

 private:
  const Agent& agent_;
  double return_scale_;
  std::vector<double> returns_to_go_;  // unscaled
  std::int64_t timestep_ = 0;          // of the next begin_act()
  std::size_t chosen_;                 // the part of the upload that holds the latest choices
  Upload upload_;
  Storage memory_;
  Tensor actions_;  // (rows, 1, action_width), the latest, on the device, from the network
  HostBuffer result_;
  ActionDecoder decoder_;
  std::vector<float>
      outputs_;  // (rows, 1, action_width), the latest, as the network remembers them
  Tape tape_;
  CapturedGraph pass_;
};

}  // namespace seqrl

// A device group is a group of episodes that one policy on a device acts for.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "agents/evaluation/episode_counter.h"
#include "agents/evaluation/episode_group.h"
#include "agents/policies/device_policy.h"
#include "configs/base/thread_pool.h"

namespace seqrl {

// Plays episodes in lockstep, one policy on a device acting for all; those that end keep their
// rows.
class DeviceGroup {
 public:
  // Begins `results`, at least one, which must outlive the group.
  DeviceGroup(const Agent& agent, Device device, const EnvSection& env,
              const EpisodesOfMode& results, ThreadPool& pool);

  // Asks the device for the next actions, and does not wait.
  void begin_act() { policy_->begin_act(observations_, rewards_); }

  // Waits for them, and steps every environment whose episode has not ended, on the pool's threads.
  // Whether there is one that goes on.
  bool step(ThreadPool& pool);

  // Episodes that have not ended, and the steps that those have made.
  std::size_t size() const { return playing_.size(); }
  std::int64_t age() const { return age_; }

  // Spent in the environments, all threads together.
  double simulation_seconds() const;

 private:
  struct Episode {
    EpisodeResult* result;
    bool playing = true;
  };

  // The environments of a row, and its slot there.
  EnvBatch& envs_of(std::size_t row) { return *envs_[row / rows_per_batch_]; }
  std::size_t slot_of(std::size_t row) const { return row % rows_per_batch_; }
  std::vector<std::size_t> parts(const ThreadPool& pool) const;
  template <typename Task>
  void each(ThreadPool& pool, Task&& task);

  std::unique_ptr<DevicePolicy> policy_;
  std::size_t observation_dim_ = 0, action_dim_ = 0;
  std::vector<Episode> episodes_;                         // one a row
  std::vector<double> observations_, rewards_, actions_;  // zeros where an episode has ended
  std::vector<std::size_t> playing_;                      // rows, ascending
  std::vector<std::unique_ptr<EnvBatch>> envs_;           // each of rows_per_batch_, the last fewer
  std::size_t rows_per_batch_ = 0;
  std::vector<StepRow> steps_;   // of the rows that play
  std::vector<double> seconds_;  // spent in the environments, by part
  std::int64_t age_ = 0;
};

// Plays them all, two groups at a time: while the environments of one are stepped, the device
// computes the actions of the other. Returns the seconds spent in the environments, all threads
// together; nothing when the counter's monitor ended it.
std::optional<double> play_on(Device device, const Agent& agent, const EnvSection& env,
                              std::span<const EpisodesOfMode> groups, EpisodeCounter& counter,
                              ThreadPool& pool);

}  // namespace seqrl

// A device group is a group of episodes for which one policy on a device acts.
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

// Plays episodes in lockstep, with one policy on a device for all. Finished episodes keep their
// rows.
class DeviceGroup {
 public:
  // Begins `results`, at least one, which must outlive the group.
  DeviceGroup(const Agent& agent, Device device, const EnvSection& env,
              const EpisodesOfMode& results, ThreadPool& pool);

  // Starts computing the next actions on the device, without waiting.
  void begin_act() { policy_->begin_act(observations_, rewards_); }

  // Waits for them, and steps every environment whose episode has not ended, on the pool's threads.
  // Returns whether any episode continues.
  bool step(ThreadPool& pool);

  // Unfinished episodes, and the number of steps they have made.
  std::size_t size() const { return playing_.size(); }
  std::int64_t age() const { return age_; }

  // Seconds spent in the environments, summed over threads.
  double simulation_seconds() const;

 private:
  struct Episode {
    EpisodeResult* result;
    bool playing = true;
  };

  // The environments of a row, and its slot in them.
  EnvBatch& envs_of(std::size_t row) { return *envs_[row / rows_per_batch_]; }
  std::size_t slot_of(std::size_t row) const { return row % rows_per_batch_; }
  std::vector<std::size_t> parts(const ThreadPool& pool) const;
  template <typename Task>
  void each(ThreadPool& pool, Task&& task);

  std::unique_ptr<DevicePolicy> policy_;
  std::size_t observation_dim_ = 0, action_dim_ = 0;
  std::vector<Episode> episodes_;                         // one per row
  std::vector<double> observations_, rewards_, actions_;  // zeros after an episode has ended
  std::vector<std::size_t> playing_;                      // rows, ascending
  std::vector<std::unique_ptr<EnvBatch>> envs_;           // each of rows_per_batch_, the last fewer
  std::size_t rows_per_batch_ = 0;
  std::vector<StepRow> steps_;   // of the rows still playing
  std::vector<double> seconds_;  // spent in the environments, by part
  std::int64_t age_ = 0;
};

// Plays all groups, two at a time: while the environments of one are stepped, the device computes
// the actions of the other. Returns the seconds spent in the environments, summed over threads;
// nothing when the counter's monitor stopped it.
std::optional<double> play_on(Device device, const Agent& agent, const EnvSection& env,
                              std::span<const EpisodesOfMode> groups, EpisodeCounter& counter,
                              ThreadPool& pool);

}  // namespace seqrl

// A group queue distributes an evaluation's groups of episodes over threads.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "agents/evaluation/episode_group.h"

namespace seqrl {

// Hands groups of episodes to threads: first groups not yet begun, then halves of groups that other
// threads play. Thread-safe.
class GroupQueue {
 public:
  using Begin = std::function<EpisodeGroup(std::size_t)>;
  // Groups 0 … groups − 1; begin(i) creates one, on the thread that takes it.
  GroupQueue(std::size_t groups, Begin begin) : groups_(groups), begin_(std::move(begin)) {}

  // The next group to play. Waits for one; nothing once all have been played, or stop() was called.
  std::optional<EpisodeGroup> take() {
    std::unique_lock lock(mutex_);
    if (stopped_) return std::nullopt;
    if (begun_ < groups_) {
      ++playing_;
      const std::size_t i = begun_++;
      lock.unlock();
      return begin_(i);
    }
    ++wanted_;
    changed_.wait(lock, [this] { return !given_.empty() || playing_ == 0 || stopped_; });
    if (stopped_ || given_.empty()) return std::nullopt;
    EpisodeGroup group = std::move(given_.back());
    given_.pop_back();
    return group;
  }

  // Called by the thread that plays a group, between its steps: gives half of the group away if a
  // thread waits for one and the group can be split.
  void share(EpisodeGroup& group) {
    if (wanted_.load(std::memory_order_relaxed) == 0 || !group.can_split()) return;
    {
      const std::lock_guard lock(mutex_);
      if (wanted_ == 0) return;
      given_.push_back(group.split());
      ++playing_;
      --wanted_;
    }
    changed_.notify_one();
  }

  // Called when a taken group has been played.
  void finish() {
    const std::lock_guard lock(mutex_);
    if (--playing_ == 0) changed_.notify_all();
  }

  // Makes all threads stop taking groups.
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  bool stopped() const { return stopped_.load(std::memory_order_relaxed); }

 private:
  const std::size_t groups_;
  const Begin begin_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t begun_ = 0;
  std::vector<EpisodeGroup> given_;  // not yet played by a thread
  int playing_ = 0;                  // groups that threads have, and given ones
  std::atomic<int> wanted_{0};       // waiting threads, minus the groups given to them
  std::atomic<bool> stopped_{false};
};

}  // namespace seqrl

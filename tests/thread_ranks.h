// Ranks that run as threads of a test.
#pragma once

#include <condition_variable>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <queue>
#include <thread>
#include <utility>
#include <vector>

#include "models/training/communicator.h"

// Connects ranks that are threads. If a size differs from the sent one, the test ends.
class ThreadRanks {
 public:
  // Whether ranks run concurrently or in turn, with a switch when one waits for a message. One
  // device serves them in turn.
  enum class Run : bool { at_once, in_turn };

  explicit ThreadRanks(int ranks, Run how = Run::at_once)
      : ranks_(ranks), in_turn_(how == Run::in_turn) {}

  // Runs task(communicator) on every rank.
  void run(const std::function<void(seqrl::Communicator&)>& task) {
    std::vector<std::thread> threads;
    for (int rank = 0; rank < ranks_; ++rank) {
      threads.emplace_back([this, rank, &task] {
        std::unique_lock turn(mutex_, std::defer_lock);
        if (in_turn_) turn.lock();
        Member member(*this, rank, turn);
        task(member);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  using Bytes = std::vector<std::byte>;

  struct Member : seqrl::Communicator {
    Member(ThreadRanks& all_, int rank, std::unique_lock<std::mutex>& turn_)
        : all(all_), number(rank), turn(turn_) {}
    int rank() const override { return number; }
    int ranks() const override { return all.ranks_; }
    void exchange(std::span<const Message> sends, std::span<const Message> receives) override {
      std::unique_lock<std::mutex> own(all.mutex_, std::defer_lock);
      if (!all.in_turn_) own.lock();
      std::unique_lock<std::mutex>& lock = all.in_turn_ ? turn : own;
      for (const Message& message : sends) {
        if (message.bytes.empty()) continue;
        all.ways_[{number, message.rank}].emplace(message.bytes.begin(), message.bytes.end());
      }
      all.changed_.notify_all();
      for (const Message& message : receives) {
        if (message.bytes.empty()) continue;
        std::queue<Bytes>& way = all.ways_[{message.rank, number}];
        all.changed_.wait(lock, [&] { return !way.empty(); });
        if (way.front().size() != message.bytes.size()) std::abort();
        std::memcpy(message.bytes.data(), way.front().data(), message.bytes.size());
        way.pop();
      }
    }
    ThreadRanks& all;
    const int number;
    std::unique_lock<std::mutex>& turn;
  };

  const int ranks_;
  const bool in_turn_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<int, int>, std::queue<Bytes>> ways_;
};

// The watch over a job: a thread of each rank that knows whether the others live.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tools/failure.h"
#include "tools/ranks/machine.h"
#include "tools/ranks/mpi.h"

namespace seqrl::tools {

// Rank 0 hears from every rank several times a second, and every rank from rank 0, whatever the
// ranks compute. One that ends, fails, or is not heard of for `timeout` seconds ends the job, with
// a line of rank 0, or where that is the lost one, of rank 1. A rank of the same machine that ends
// is noticed at once. Requests to stop travel the same way.
//
// A rank that is stopped in the middle of a message can leave the others waiting for it within MPI,
// and their watch with them. A second thread, which calls nothing of MPI, ends such a process.
class Watch {
 public:
  struct Options {
    double timeout = 60;          // seconds
    std::function<bool()> asked;  // whether this process was asked to stop
  };
  // `mpi` must outlive it; notices are this thread's alone from now on.
  Watch(Mpi& mpi, std::vector<Place> places, Options options);
  Watch(const Watch&) = delete;
  ~Watch();

  // Whether any rank was asked to stop.
  bool stop_asked() const { return stop_; }
  // What the line says after what happened.
  void set_advice(std::string advice);

  // Ends the job because of this rank's failure.
  [[noreturn]] void fail(const Failure& failure);
  // Ends the watch, once all other ranks end theirs.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  struct Peer {
    int rank;
    int process = -1;  // a descriptor (pidfd), of the same machine
    Clock::time_point heard;
    std::optional<Clock::time_point> ended = std::nullopt;  // when the process was found to have
    bool told_done = false, done = false;  // this rank, and that one, have left in order
    bool failed = false;                   // it has said so
  };

  void run();
  void guard(const std::stop_token& stop);
  bool tick(Clock::time_point now);
  void hear(Peer& peer, Clock::time_point now);
  void tell_peers(bool finishing);
  void leave();
  void find_ended();
  void speak_for_failed(Clock::time_point now);
  void require_alive(Peer& peer, Clock::time_point now);
  std::string name_of(int rank) const;
  void say(const std::string& what);
  [[noreturn]] void end(int status, const std::string& what);

  Mpi& mpi_;
  const std::vector<Place> places_;
  const Options options_;
  std::vector<Peer> peers_;
  std::atomic<bool> stop_{false}, finishing_{false}, said_{false};
  std::atomic<std::int64_t> ticks_{0};  // of the thread that watches
  std::mutex mutex_;                    // of the next two
  std::string advice_;
  std::optional<Failure> mine_;  // rank 0 is told
  // Of the thread that watches:
  std::optional<Failure> theirs_;  // of another rank, which rank 0 says soon
  Clock::time_point told_, asked_at_, theirs_at_;
  bool over_ = false;  // rank 0 ends the job
  std::thread thread_;
  std::jthread guard_;
};

}  // namespace seqrl::tools

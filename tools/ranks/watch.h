// The watch over a job: a thread of each rank that checks whether the other ranks are alive.
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
// ranks compute. A rank that exits, fails, or is silent for `timeout` seconds ends the job. Rank 0
// prints a line, or rank 1 if rank 0 is the lost one. A rank that exits on the same machine is
// noticed at once. Requests to stop travel the same way.
//
// If a rank stops in the middle of a message, the other ranks, including their watch, can hang in
// MPI waiting for it. A second thread, which does not call MPI, ends such a process.
class Watch {
 public:
  struct Options {
    double timeout = 60;          // seconds
    std::function<bool()> asked;  // whether this process was asked to stop
  };
  // `mpi` must outlive the watch. From now on only the watch's thread may use notices.
  Watch(Mpi& mpi, std::vector<Place> places, Options options);
  Watch(const Watch&) = delete;
  ~Watch();

  // Whether any rank was asked to stop.
  bool stop_asked() const { return stop_; }
  // Sets the advice that follows the error in the line.
  void set_advice(std::string advice);

  // Ends the job because of this rank's failure.
  [[noreturn]] void fail(const Failure& failure);
  // Ends the watch once all other ranks end theirs.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  struct Peer {
    int rank;
    int process = -1;  // a descriptor (pidfd), on the same machine
    Clock::time_point heard;
    std::optional<Clock::time_point> ended = std::nullopt;  // when its exit was noticed
    bool told_done = false, done = false;  // this rank, or that one, has left in order
    bool failed = false;                   // it has reported a failure
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
  bool was_stopped() const;
  std::string name_of(int rank) const;
  void say(const std::string& what);
  [[noreturn]] void end(int status, const std::string& what);

  Mpi& mpi_;
  const std::vector<Place> places_;
  const Options options_;
  std::vector<Peer> peers_;
  std::atomic<bool> stop_{false}, finishing_{false}, said_{false};
  std::atomic<std::int64_t> ticks_{0};      // of the watching thread
  std::atomic<Clock::time_point> guarded_;  // when the guard last ran; old after a stop by a signal
  std::mutex mutex_;                        // guards the next two
  std::string advice_;
  std::optional<Failure> mine_;  // rank 0 is told
  // Of the watching thread:
  std::optional<Failure> theirs_;  // of another rank; rank 0 reports it soon
  Clock::time_point told_, asked_at_, theirs_at_;
  bool over_ = false;  // rank 0 ends the job
  std::thread thread_;
  std::jthread guard_;
};

}  // namespace seqrl::tools

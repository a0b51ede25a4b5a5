#include "tools/ranks/watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <utility>

namespace seqrl::tools {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 20ms;
constexpr auto kBetweenNotices = 100ms;
constexpr auto kBetweenLooks = 100ms;
constexpr double kPatience = 5;  // seconds beyond the timeout for a watch that hangs in MPI
constexpr auto kGrace = 300ms;   // time for rank 0 to notice itself what another rank has noticed

double seconds_between(std::chrono::steady_clock::time_point a,
                       std::chrono::steady_clock::time_point b) {
  return std::chrono::duration<double>(b - a).count();
}

int open_process(int pid) {
#ifdef SYS_pidfd_open
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
#else
  return -1;
#endif
}

// Signals are handled by the working thread.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

bool has_ended(int process) {
  pollfd file = {process, POLLIN, 0};
  return process >= 0 && ::poll(&file, 1, 0) == 1;
}

}  // namespace

Watch::Watch(Mpi& mpi, std::vector<Place> places, Options options)
    : mpi_(mpi), places_(std::move(places)), options_(std::move(options)) {
  const auto now = Clock::now();
  told_ = asked_at_ = now;
  guarded_ = now;
  for (int rank = 0; rank < mpi_.ranks(); ++rank) {
    const bool watches = mpi_.rank() == 0 ? rank > 0 : rank == 0;
    if (!watches) continue;
    Peer peer{.rank = rank, .heard = now};
    const ProcessAddress &there = places_[static_cast<std::size_t>(rank)].process,
                         &here = places_[static_cast<std::size_t>(mpi_.rank())].process;
    if (there.names == here.names) peer.process = open_process(there.pid);
    peers_.push_back(peer);
  }
  thread_ = std::thread([this] { run(); });
  guard_ = std::jthread([this](const std::stop_token& stop) { guard(stop); });
}

Watch::~Watch() {
  if (thread_.joinable()) thread_.join();
  for (const Peer& peer : peers_) {
    if (peer.process >= 0) ::close(peer.process);
  }
}

void Watch::set_advice(std::string advice) {
  const std::lock_guard lock(mutex_);
  advice_ = std::move(advice);
}

void Watch::finish() {
  finishing_ = true;
  thread_.join();
  guard_ = {};
}

void Watch::fail(const Failure& failure) {
  {
    const std::lock_guard lock(mutex_);
    mine_ = failure;
  }
  // Rank 0's watch reports it and ends this process; this is the fallback.
  std::this_thread::sleep_for(std::chrono::duration<double>(options_.timeout + 10));
  ::_exit(failure.status);
}

void Watch::run() {
  block_signals();
  auto before = Clock::now();
  while (true) {
    const auto now = Clock::now();
    // Time in which this process was stopped by a signal does not count as silence of others.
    if (now - before > 1s) {
      for (Peer& peer : peers_) peer.heard += now - before;
    }
    before = now;
    ++ticks_;
    try {
      if (!tick(now)) return;
    } catch (const std::exception& error) {
      end(1, error.what());
    }
    std::this_thread::sleep_for(kTick);
  }
}

// Ends the process if the watch makes no progress for too long.
void Watch::guard(const std::stop_token& stop) {
  block_signals();
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any woken;
  std::int64_t seen = ticks_;
  auto before = Clock::now(), moved = before;
  while (!stop.stop_requested()) {
    woken.wait_for(lock, stop, kBetweenLooks, [] { return false; });
    const auto now = Clock::now();
    if (now - before > 1s) moved += now - before;  // this process, including the watch, was stopped
    if (was_stopped()) said_ = true;
    guarded_ = before = now;
    if (seen != ticks_) moved = now;
    seen = ticks_;
    const double silence = seconds_between(moved, now);
    // Rank 1 reports it before the others end.
    if (silence < options_.timeout + kPatience + (mpi_.rank() > 1 ? 2 : 0)) continue;
    say(fmt::format("{} has not answered for {:.0f} s, in the middle of a message",
                    mpi_.rank() == 0 ? "a rank" : name_of(0), silence));
    ::_exit(1);
  }
}

// Whether the watch continues.
bool Watch::tick(Clock::time_point now) {
  if (options_.asked && options_.asked()) stop_ = true;
  if (!stop_) asked_at_ = now;
  const bool finishing = finishing_;
  for (Peer& peer : peers_) hear(peer, now);
  if (over_) return true;
  if (finishing || now - told_ >= kBetweenNotices) {
    tell_peers(finishing);
    told_ = now;
  }
  if (finishing && std::ranges::all_of(peers_, &Peer::told_done)) {
    leave();
    return false;
  }
  find_ended();
  speak_for_failed(now);
  if (theirs_) return true;
  for (Peer& peer : peers_) {
    if (!peer.done) require_alive(peer, now);
  }
  return true;
}

// Sends nothing more, but receives from the others until they are done.
void Watch::leave() {
  while (!std::ranges::all_of(peers_, &Peer::done)) {
    ++ticks_;
    for (Peer& peer : peers_) {
      hear(peer, Clock::now());
      if (!peer.done) require_alive(peer, Clock::now());
    }
    std::this_thread::sleep_for(1ms);
  }
}

// When a rank is gone, the library may also report errors on other ranks. Rank 0 says which rank is
// gone.
void Watch::find_ended() {
  if (mpi_.rank() != 0) return;
  for (const Peer& peer : peers_) {
    if (!peer.done && !peer.failed && has_ended(peer.process)) {
      end(1, name_of(peer.rank) + " has ended");
    }
  }
}

// Ends the job if this rank, or another one that reported to it, has failed.
void Watch::speak_for_failed(Clock::time_point now) {
  std::optional<Failure> failure;
  {
    const std::lock_guard lock(mutex_);
    if (mpi_.rank() == 0) failure = mine_;
  }
  if (!failure && theirs_ && now - theirs_at_ > kGrace) failure = theirs_;
  if (failure) end(failure->status, failure->text);
}

void Watch::tell_peers(bool finishing) {
  for (Peer& peer : peers_) {
    if (peer.told_done) continue;
    Notice notice{.kind = finishing ? Notice::Kind::done : Notice::Kind::alive, .stop = stop_};
    {
      const std::lock_guard lock(mutex_);
      if (mine_ && mpi_.rank() != 0) {
        notice.kind = Notice::Kind::failed;
        notice.status = mine_->status;
        mine_->text.copy(notice.text, sizeof notice.text - 1);
      }
    }
    peer.told_done = mpi_.send(peer.rank, notice) && finishing;
  }
}

void Watch::hear(Peer& peer, Clock::time_point now) {
  while (!peer.done) {
    const std::optional<Notice> notice = mpi_.receive(peer.rank);
    if (!notice) return;
    peer.heard = now;
    if (notice->stop) stop_ = true;
    peer.done = notice->kind == Notice::Kind::done;
    if (notice->kind == Notice::Kind::over && !std::exchange(over_, true)) {
      ::alarm(15);  // if the launcher does not end this process
    }
    if (notice->kind != Notice::Kind::failed) continue;
    peer.failed = true;
    if (theirs_) continue;
    theirs_ = {notice->status, name_of(peer.rank) + ": " + notice->text};
    theirs_at_ = now;
  }
}

void Watch::require_alive(Peer& peer, Clock::time_point now) {
  const double silence = seconds_between(peer.heard, now);
  // If rank 0 is lost, another rank reports it.
  const double patience = options_.timeout + (mpi_.rank() == 0 ? 0 : mpi_.rank() == 1 ? 2 : 4);
  if (!peer.ended && has_ended(peer.process)) peer.ended = now;
  // Rank 0's notice that it ends the job may still be in flight.
  if (peer.ended && (mpi_.rank() == 0 || now - *peer.ended > kGrace)) {
    end(1, name_of(peer.rank) + " has ended");
  } else if (silence > patience) {
    end(1, fmt::format("{} has not answered for {:.0f} s", name_of(peer.rank), silence));
  } else if (peer.process < 0 && silence > 0.5 && seconds_between(asked_at_, now) > 0.5) {
    // The launcher may have asked to stop because that rank is lost, and does not wait for long.
    say(fmt::format("asked to stop, but {} does not answer", name_of(peer.rank)));
  }
}

// Whether a signal has just stopped this process for so long that the others may have ended because
// of that: then they report it. The watching thread may run before the guard, in the middle of a
// tick.
bool Watch::was_stopped() const {
  return seconds_between(guarded_, Clock::now()) > options_.timeout / 2;
}

std::string Watch::name_of(int rank) const {
  const ProcessAddress& process = places_[static_cast<std::size_t>(rank)].process;
  return fmt::format("rank {} of {} ({}, process {})", rank, mpi_.ranks(), process.host,
                     process.pid);
}

// Prints what happened, once, if this rank is the one to report.
void Watch::say(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (was_stopped()) said_ = true;
  if (said_.exchange(true) || mpi_.rank() > 1 || (mine_ && mpi_.rank() == 1)) return;
  const std::string line = fmt::format(
      "seqrl: {}{}{}{}\n", mpi_.rank() == 0 ? "" : fmt::format("rank {}: ", mpi_.rank()), what,
      advice_.empty() ? "" : "; ", advice_);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

// Runs in the watching thread.
void Watch::end(int status, const std::string& what) {
  say(what);
  // Until the notices are sent; each must wait for the previous one.
  std::vector<bool> told(peers_.size());
  for (int i = 0; i < 10; ++i) {
    for (std::size_t at = 0; at < peers_.size(); ++at) {
      const int rank = peers_[at].rank;
      if (!told[at]) told[at] = mpi_.send(rank, {.kind = Notice::Kind::over});
      mpi_.receive(rank);
    }
    std::this_thread::sleep_for(10ms);
  }
  mpi_.abort(status);
}

}  // namespace seqrl::tools

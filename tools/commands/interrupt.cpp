#include "tools/commands/interrupt.h"

#include <poll.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <iostream>

namespace seqrl::tools {
namespace {

std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait");

std::atomic<std::int64_t> asked_at{0};  // CLOCK_MONOTONIC, ns
static_assert(std::atomic<std::int64_t>::is_always_lock_free, "a signal handler may not wait");

// The same request may arrive twice: timeout(1) sends its signal to the process and to its group.
constexpr std::int64_t kSameRequest = 500'000'000;  // ns

void ask(int signal) {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  const std::int64_t now = std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  if (!asked.exchange(true)) {
    asked_at = now;
    return;
  }
  // A second ctrl-C or SIGTERM ends the process. SIGHUP and SIGUSR1 do not: a closing terminal
  // often sends SIGHUP twice, and a scheduler may repeat its signal.
  if (signal == SIGHUP || signal == SIGUSR1 || now - asked_at < kSameRequest) return;
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, ask);
  std::signal(SIGTERM, ask);
  std::signal(SIGUSR1, ask);
  // Keeps the setting of nohup.
  if (std::signal(SIGHUP, ask) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

void outlive_readers() {
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() {
  return asked;
}

int report_interruption(const char* outcome) {
  std::cerr << "seqrl: interrupted; " << outcome << "\n";
  return 1;
}

bool reader_is_gone(int file) {
  pollfd output = {file, POLLOUT, 0};
  return ::poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0;
}

}  // namespace seqrl::tools

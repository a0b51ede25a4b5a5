#include "tools/commands/interrupt.h"

#include <poll.h>

#include <atomic>
#include <csignal>
#include <iostream>

namespace seqrl::tools {
namespace {

std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait");

void ask(int signal) {
  asked = true;
  // The second time it is not a question. A terminal that goes away often says so twice; a
  // scheduler may repeat itself.
  if (signal != SIGHUP && signal != SIGUSR1) std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, ask);
  std::signal(SIGTERM, ask);
  std::signal(SIGUSR1, ask);
  // What nohup says stays as it is.
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

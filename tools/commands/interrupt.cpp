#include <atomic>
#include <csignal>

#include "tools/commands/commands.h"

namespace seqrl {
namespace {

std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not wait");

void ask(int signal) {
  asked = true;
  std::signal(signal, SIG_DFL);  // the second time it is not a question
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, ask);
  std::signal(SIGTERM, ask);
}

bool interrupted() {
  return asked;
}

}  // namespace seqrl

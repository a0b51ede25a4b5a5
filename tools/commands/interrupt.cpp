#include <csignal>

#include "tools/commands/commands.h"

namespace seqrl {
namespace {

volatile std::sig_atomic_t asked = 0;

void ask(int signal) {
  asked = 1;
  std::signal(signal, SIG_DFL);  // the second time it is not a question
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, ask);
  std::signal(SIGTERM, ask);
}

bool interrupted() {
  return asked != 0;
}

}  // namespace seqrl

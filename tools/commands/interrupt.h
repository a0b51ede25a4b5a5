// Signals: ctrl-C that ends a command gracefully, and readers that go away.
#pragma once

namespace seqrl::tools {

// Ctrl-C, SIGTERM, a terminal that goes away (SIGHUP) and SIGUSR1, which schedulers send ahead of a
// time limit, ask the running command to stop, gracefully the first time. True once asked.
void catch_interrupts();
bool interrupted();

// Says on stderr that the command was interrupted and with what outcome, such as "nothing was
// drawn". Returns the command's exit status.
int report_interruption(const char* outcome);

// The command goes on when nobody reads what it prints any more: it does more than print.
void outlive_readers();

// Whether nobody reads any more what is written to `file`, a pipe's descriptor.
bool reader_is_gone(int file);

}  // namespace seqrl::tools

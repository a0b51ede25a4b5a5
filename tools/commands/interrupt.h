// Signals: ctrl-C ends a command gracefully, and closed pipes are handled.
#pragma once

namespace seqrl::tools {

// Catches ctrl-C, SIGTERM, SIGHUP (the terminal closes) and SIGUSR1, which schedulers send before a
// time limit. They ask the running command to stop, gracefully the first time. interrupted() is
// true from then on.
void catch_interrupts();
bool interrupted();

// Reports on stderr that the command was interrupted and the outcome, such as "nothing was drawn".
// Returns the command's exit status.
int report_interruption(const char* outcome);

// Lets the command continue after the reader of its output closes the pipe.
void outlive_readers();

// Whether the reader of `file`, a pipe's descriptor, has closed it.
bool reader_is_gone(int file);

}  // namespace seqrl::tools
